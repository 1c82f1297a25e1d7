import { describe, expect } from 'vitest';
import { interjectSignal } from '../../workflows/contract/messages.ts';
import { TaskQueue, executionWorkflowId } from '../../workflows/contract/names.ts';
import type { CompoundPlay } from './compound-rows.ts';
import { test } from './fixtures.ts';
import { endingOf, type Performance } from './stage.ts';

const refused = { fails: 'model_refused' } as const;
const broke = { fails: 'budget_exhausted' } as const;
const held = { held: true } as const;
const sequence = (children: CompoundPlay['children']): CompoundPlay => ({
  compositionType: 'sequential',
  children,
});
const parallel = (
  children: CompoundPlay['children'],
  more: Partial<CompoundPlay> = {},
): CompoundPlay => ({ compositionType: 'parallel', children, ...more });

const outcomeOf = async (play: Performance) => {
  const ending = await endingOf(play);
  if (ending.state !== 'completed' || ending.outcome.kind !== 'compound')
    throw new Error(`not a completed compound: ${JSON.stringify(ending)}`);
  return ending.outcome;
};
const rowsOf = (play: Performance, name: string) => play.rows.children.get(name)!.rows;
const askedOf = (play: Performance, name: string) => rowsOf(play, name).asked.length;

test('one after the other, as executions of their own', async ({ stage }) => {
  const play = await stage.compound({
    ...sequence({ first: 'a', second: 'b' }),
    request: { title: 'Notes' },
  });

  expect(await outcomeOf(play)).toEqual({
    kind: 'compound',
    parts: [
      { name: 'first', code: null },
      { name: 'second', code: null },
    ],
    branch: null,
    synthesisSequence: null,
  });
  expect(rowsOf(play, 'second').endings).toMatchObject([{ state: 'completed' }]);
  const { events = [] } = await play.handle.fetchHistory();
  const started = (events ?? []).flatMap(
    ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child ?? [],
  );
  expect(started.map(({ workflowId }) => workflowId)).toEqual(
    ['first', 'second'].map((name) => `execution/${play.rows.children.get(name)!.executionId}`),
  );
});

test('a child that has ended already is found, and does not run again', async ({ stage }) => {
  const play = await stage.compound(sequence({ first: 'a', second: held }));
  await expect.poll(() => askedOf(play, 'second')).toBe(1);

  await stage.replaceWorkers();
  rowsOf(play, 'second').release('agent');
  await outcomeOf(play);

  expect(askedOf(play, 'first')).toBe(1);
  expect(rowsOf(play, 'first').endings).toHaveLength(1);
});

test('a child that is open again runs again, however its run before has ended', async ({
  stage,
  temporal,
}) => {
  const play = await stage.compound(sequence({ first: held, second: 'b' }));
  const { executionId, workflow, rows } = play.rows.children.get('second')!;
  await temporal.client.workflow.execute(workflow, {
    workflowId: executionWorkflowId(executionId),
    taskQueue: TaskQueue.orchestration,
    args: [{ ownerId: 'somebody', executionId }],
  });
  rows.endings.length = 0; // as a retry leaves it
  rowsOf(play, 'first').release('agent');
  await outcomeOf(play);

  expect(rows.endings).toMatchObject([{ state: 'completed' }]);
});

test.for([
  { last: refused, code: 'model_refused', words: 'The child "second" failed (model_refused)' },
  { last: broke, code: 'budget_exhausted', words: '"second"' },
  { last: null, code: 'invalid_output', words: 'what its mapping finds for "question"' },
])(
  'a sequence fails with the code of its child: $code',
  async ({ last, code, words }, { stage }) => {
    const play = await stage.compound(sequence({ first: 'a', second: last, third: 'c' }));

    expect(await endingOf(play)).toEqual({
      state: 'failed',
      code,
      message: expect.stringContaining(words),
    });
    expect(askedOf(play, 'third')).toBe(0);
  },
);

describe('all at once', () => {
  test('20 of them, in the order of the children whoever is faster', async ({ stage }) => {
    const names = Array.from({ length: 20 }, (_, i) => `child_${i + 1}`);
    const children = Object.fromEntries(names.map((name, i) => [name, i === 0 ? held : 'x']));

    const play = await stage.compound(parallel(children));
    await expect.poll(() => askedOf(play, 'child_20'), { timeout: 10_000 }).toBe(1);
    rowsOf(play, 'child_1').release('agent');

    expect((await outcomeOf(play)).parts.map(({ name }) => name)).toEqual(names);
  });

  test('half of them may fail, and are shown', async ({ stage }) => {
    const play = await stage.compound(parallel({ a: 'x', b: refused, c: 'y', d: null }));

    expect((await outcomeOf(play)).parts).toEqual([
      { name: 'a', code: null },
      { name: 'b', code: 'model_refused' },
      { name: 'c', code: null },
      { name: 'd', code: 'invalid_output' },
    ]);
  });

  test.for([
    { children: { a: 'x', b: refused, c: refused }, code: 'too_many_failures' },
    { children: { a: refused }, code: 'too_many_failures' },
    { children: { a: 'x', b: refused, c: broke }, code: 'budget_exhausted' },
  ])('more than half are too many: $code', async ({ children, code }, { stage }) => {
    const play = await stage.compound(parallel(children));

    expect(await endingOf(play)).toMatchObject({
      state: 'failed',
      code,
      message: expect.stringContaining('came to nothing'),
    });
  });

  test('under average what is no number has failed', async ({ stage }) => {
    const play = await stage.compound(
      parallel({ a: '1', b: 'two', c: '3' }, { aggregationMethod: 'average', numbers: ['a', 'c'] }),
    );

    expect((await outcomeOf(play)).parts.map(({ code }) => code)).toEqual([
      null,
      'invalid_output',
      null,
    ]);
  });

  test('under synthesis the outputs are posted, and one more turn hears them', async ({
    stage,
  }) => {
    const play = await stage.compound(
      parallel(
        { a: 'x', b: refused, c: 'y' },
        { aggregationMethod: 'synthesis', synthesizer: 'All.' },
      ),
    );

    expect(await outcomeOf(play)).toMatchObject({ synthesisSequence: 3 });
    expect(play.rows.posted).toEqual([['a', 'c']]);
    expect(play.rows.asked).toMatchObject([
      {
        slot: 'synthesizer',
        sequence: 3,
        ask: { kind: 'synthesize', slots: ['a', 'c'] },
        hears: { sequences: [1, 2] },
      },
    ]);
  });

  test('what a person says while they work is heard by whoever puts them together', async ({
    stage,
  }) => {
    const play = await stage.compound(
      parallel({ a: held, b: 'y' }, { aggregationMethod: 'synthesis', synthesizer: 'All.' }),
    );
    await expect.poll(() => askedOf(play, 'a'), { timeout: 10_000 }).toBe(1);
    play.rows.waiting = 1;
    await play.handle.signal(interjectSignal);
    rowsOf(play, 'a').release('agent');

    expect(await outcomeOf(play)).toMatchObject({ synthesisSequence: 4 });
    expect(play.rows.placings).toMatchObject([{ round: 1, from: 3 }]);
    expect(play.rows.asked).toMatchObject([{ sequence: 4, hears: { before: 4 } }]);
  });

  test('a synthesizer that gives no answer fails the whole', async ({ stage }) => {
    const play = await stage.compound(
      parallel({ a: 'x' }, { aggregationMethod: 'synthesis', synthesizer: refused }),
    );

    expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'model_refused' });
  });
});

const routed = (branch: string | undefined): CompoundPlay => ({
  compositionType: 'conditional',
  children: { triage: 'bug', bug: 'Fixed.', other: 'Filed.' },
  steps: 1,
  ...(branch !== undefined && { branch }),
});

describe('by condition', () => {
  test('the steps first, then the branch that was chosen and no other', async ({ stage }) => {
    const play = await stage.compound(routed('other'));

    expect(await outcomeOf(play)).toMatchObject({
      branch: 'other',
      parts: [{ name: 'triage' }, { name: 'other' }],
    });
    expect(askedOf(play, 'bug')).toBe(0);
  });

  test('no branch at all is an outcome too', async ({ stage }) => {
    const play = await stage.compound(routed(undefined));

    expect(await outcomeOf(play)).toMatchObject({ branch: null, parts: [{ name: 'triage' }] });
  });
});

describe('cancelled', () => {
  test('the whole: every child at every depth ends cancelled', async ({ stage }) => {
    const play = await stage.compound(
      sequence({ inner: parallel({ left: held, right: held }), never: 'x' }),
    );
    const inner = rowsOf(play, 'inner');
    const leaf = (name: string) => inner.children.get(name)!.rows;
    await expect.poll(() => leaf('left').asked.length + leaf('right').asked.length).toBe(2);

    await play.handle.cancel();

    expect(await endingOf(play)).toEqual({ state: 'cancelled' });
    for (const rows of [inner, leaf('left'), leaf('right')])
      expect(rows.endings).toEqual([{ state: 'cancelled' }]);
    expect(askedOf(play, 'never')).toBe(0);
  });

  test.for([sequence, parallel])('one child alone: the whole fails', async (of, { stage }) => {
    const play = await stage.compound(of({ only: held }));
    await expect.poll(() => askedOf(play, 'only')).toBe(1);

    await stage.cancelChild(play, 'only');

    expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'cancelled' });
  });
});

test('the deadline of the whole ends what is below it', async ({ stage }) => {
  const deadline = new Date(Date.now() + 1_500).toISOString();

  const play = await stage.compound({ ...sequence({ only: held }), request: { deadline } });

  expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'deadline_exceeded' });
  expect(rowsOf(play, 'only').endings).toHaveLength(1);
});
