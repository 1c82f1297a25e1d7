import { describe, expect } from 'vitest';
import { test } from './engine.ts';
import { respond, start, untilAsked } from './nested.ts';
import {
  callsIn,
  compound,
  edited,
  fork,
  inDatabase,
  named,
  pipeline,
  run,
  saidIn,
  statesIn,
  three,
  treeOf,
  viewOf,
} from './wholes.ts';

/** Of a branch: the triage came to this. */
const when = (value: string) => ({
  when: { path: '$.children.triage.output.answer', op: 'eq', value },
});

test('by condition, an edit has another branch taken, and nothing is left over', async ({
  engine,
}) => {
  const origin = await run(
    engine,
    start(
      compound(
        { compositionType: 'conditional' },
        {
          triage: pipeline({ say: 'bug' }),
          mend: { topology: pipeline({ say: 'Mended.' }), ...when('bug') },
          plan: { topology: pipeline({ say: 'Planned.' }), ...when('wish') },
        },
      ),
    ),
  );
  const { triage, mend } = await named(engine, origin);

  const other = await fork(engine, triage!.id, edited(1, 'wish'));
  const same = await fork(engine, mend!.id, { fromMessage: 1, whole: true });
  await Promise.all([engine.untilClosed(other), engine.untilClosed(same)]);

  expect(await callsIn(engine, other)).toEqual({ null: 0, triage: 0, plan: 1 });
  expect(await callsIn(engine, same)).toEqual({ null: 0, triage: 0, mend: 0 });
  expect(Object.values(await statesIn(engine, other))).toEqual(Array(3).fill('completed'));
});

test('what a fork has prepared ends with a whole that fails before; a retry goes on with it as it was kept', async ({
  engine,
  database,
}) => {
  const first = { topology: pipeline({ say: 'One.' }), gates: [{ before: 'completion' }] };
  const stages = { draft: 'Two?', revise: 'Two, I think.', polish: 'Two.' };
  const second = compound({}, { inner: pipeline(stages, { checkpointAfter: ['draft'] }) });
  const origin = await engine.start(start(compound({}, { first, second })));
  await respond(engine, await untilAsked(engine, origin), { decision: 'approve' });
  await engine.untilClosed(origin);
  const { inner } = await named(engine, origin);

  const id = await fork(engine, inner!.id, edited(2, 'Two!'));
  const question = await untilAsked(engine, id);
  const meanwhile = await statesIn(engine, id);
  const { statusMessage } = await viewOf(engine, id);
  await respond(engine, question, { decision: 'reject' });
  const failed = await engine.untilClosed(id);
  const left = await statesIn(engine, id);
  await engine.http.post(`/v1/executions/${id}/retry`, {});
  await respond(engine, await untilAsked(engine, id), { decision: 'approve' });
  const closed = await engine.untilClosed(id);

  expect(meanwhile).toEqual({ '': 'paused', first: 'paused', second: 'queued', inner: 'queued' });
  expect(statusMessage, 'what was prepared has not begun').toBe('paused in child 1 of at most 2');
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'rejected' } });
  expect(left).toEqual({ '': 'failed', first: 'failed', second: 'failed', inner: 'failed' });
  expect(closed).toMatchObject({ state: 'completed', output: { answer: 'Two.' } });
  expect(await callsIn(engine, id)).toEqual({ null: 0, first: 0, second: 0, inner: 1 });
  const { inner: copy } = await named(engine, id);
  expect((await saidIn(engine, copy!.id)).map(({ content }) => content.text)).toEqual([
    'Two?',
    'Two!',
    'Two.',
  ]);
  const history = await inDatabase(
    database.systemUrl,
    `select new_state as state, reason from conclave.execution_state_history
     where execution_id = $1 and agent_execution_id is null order by ordinal`,
    [copy!.id],
  );
  expect(history.slice(0, 3)).toEqual([
    { state: 'queued', reason: null },
    { state: 'failed', reason: 'what contains it ended before it began' },
    { state: 'queued', reason: 'retry' },
  ]);
});

test('cancelled before it comes to them, a fork leaves nothing queued, and can be removed', async ({
  engine,
}) => {
  const first = { topology: pipeline({ say: 'One.' }), gates: [{ before: 'completion' }] };
  const origin = await engine.start(
    start(compound({}, { first, second: pipeline({ say: 'Two.' }) })),
  );
  await respond(engine, await untilAsked(engine, origin), { decision: 'approve' });
  await engine.untilClosed(origin);
  const { second } = await named(engine, origin);
  const id = await fork(engine, second!.id, { fromMessage: 1, whole: true });
  await untilAsked(engine, id);

  await engine.http.post(`/v1/executions/${id}/cancel`, {});
  await engine.untilClosed(id);

  expect(await statesIn(engine, id)).toEqual({
    '': 'cancelled',
    first: 'cancelled',
    second: 'cancelled',
  });
  const removed = await engine.http.raw(`/v1/executions/${id}`, { method: 'DELETE' });
  expect(removed.status).toBe(204);
});

const slow = (text: string) => pipeline({ say: 'Quick.', polish: { text, delayMs: 3_000 } });

test('a whole that is still at work is forked as far as it is, and both come to their end', async ({
  engine,
}) => {
  const inline = compound(
    { compositionType: 'parallel', aggregationMethod: 'concat' },
    { left: slow('Left.'), right: slow('Right.') },
  );
  const origin = await engine.start(start(inline));
  await expect
    .poll(async () => (await treeOf(engine, origin)).totalUsage.calls, { timeout: 30_000 })
    .toBe(2);
  const { left } = await named(engine, origin);

  const id = await fork(engine, left!.id, edited(1, 'Quicker.'));
  const ends = [await engine.untilClosed(origin), await engine.untilClosed(id)];

  expect(ends).toMatchObject([
    { state: 'completed', usage: { calls: 4 }, output: { text: 'left:\nLeft.\n\nright:\nRight.' } },
    { state: 'completed', output: { text: 'left:\nLeft.\n\nright:\nRight.' } },
  ]);
  // What the right one said first was said before or after; the rest is asked in any case.
  const calls = await callsIn(engine, id);
  expect(calls).toMatchObject({ left: 1 });
  expect([1, 2]).toContain(calls['right']);
});

describe('what makes no sense is refused, and nothing is written', () => {
  test('a compound that says nothing itself, other configuration of one, a message that there is not', async ({
    engine,
  }) => {
    const origin = await run(engine, start(three()));
    const { second } = await named(engine, origin);
    const refused = async (id: string, body: object) => {
      const answer = await engine.http.post<{ errors: { path: string; message: string }[] }>(
        `/v1/executions/${id}/fork`,
        body,
      );
      expect(answer.status).toBe(400);
      return answer.body.errors;
    };

    const silent = await refused(origin, { fromMessage: 1, whole: true });
    const changed = await refused(origin, { fromMessage: 1, config: { children: [] } });
    const unsaid = await refused(second!.id, { fromMessage: 9, whole: true });

    expect(silent).toEqual([
      {
        path: 'fromMessage',
        message: expect.stringMatching(
          new RegExp(`GET /v1/executions/${origin}/tree.*"whole": true`, 's'),
        ),
      },
    ]);
    expect(changed.map(({ path }) => path)).toEqual(['fromMessage', 'config']);
    expect(unsaid.map(({ path }) => path)).toEqual(['fromMessage']);
    expect(await viewOf(engine, origin)).toMatchObject({ forks: [] });
    expect(await viewOf(engine, second!.id)).toMatchObject({ forks: [] });
  });

  test('what is somebody else’s is not there', async ({ engine }) => {
    const origin = await run(engine, start(three()));
    const { second } = await named(engine, origin);
    const user = await engine.http.post<{ id: string }>('/v1/users', {
      username: 'bob',
      email: 'bob@example.org',
      roles: ['member'],
    });
    const issued = await engine.http.post<{ key: string }>(`/v1/users/${user.body.id}/api-keys`, {
      name: 'test',
      scopes: ['read', 'run'],
    });
    const bob = engine.as(issued.body.key);

    const answer = await bob.post(`/v1/executions/${second!.id}/fork`, {
      fromMessage: 1,
      whole: true,
    });

    expect(answer.status).toBe(404);
    expect(await viewOf(engine, origin)).toMatchObject({ forks: [] });
  });
});
