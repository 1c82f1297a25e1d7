import { describe, expect } from 'vitest';
import { test } from './engine.ts';
import { start } from './nested.ts';
import {
  askedIn,
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
  synthesized,
  three,
  type View,
  viewOf,
} from './wholes.ts';

describe('a sequence', () => {
  test('is forked at a message of its second child: the first is free, the edit is heard, and the third hears what came of it', async ({
    engine,
  }) => {
    const origin = await run(engine, { ...start(three()), title: 'Counting' });
    const before = await named(engine, origin);
    const { second } = before;

    const id = await fork(engine, second!.id, edited(1, 'Two and a half.'));
    const closed = (await engine.untilClosed(id)) as View;

    const after = await named(engine, id);
    expect(closed).toMatchObject({
      state: 'completed',
      title: 'Counting',
      parent: null,
      output: { answer: 'Three.' },
      forkedFrom: { executionId: origin, sequence: 0 },
      usage: { calls: 2, attempts: 2, repeatedCalls: 0 },
    });
    expect(await callsIn(engine, id)).toEqual({ null: 0, first: 0, second: 1, third: 1 });
    expect(await saidIn(engine, after['first']!.id)).toEqual(
      await saidIn(engine, before['first']!.id),
    );
    expect((await saidIn(engine, after['second']!.id)).map(({ content }) => content.text)).toEqual([
      'Two and a half.',
      'Two.',
    ]);
    expect(await askedIn(engine, after['second']!.id)).toContain('Two and a half.');
    expect((await viewOf(engine, after['third']!.id)).input.context).toBe('second:\nTwo.');
    expect(await viewOf(engine, after['first']!.id)).toMatchObject({
      parent: id,
      forkedFrom: { executionId: before['first']!.id, sequence: 1 },
    });
    expect(await viewOf(engine, second!.id)).toMatchObject({ forks: [after['second']!.id] });
    expect(await viewOf(engine, origin)).toMatchObject({ forks: [id], usage: { calls: 4 } });
  });

  test('a fork of a fork goes on from where both are the same, and a deleted origin is not missed', async ({
    engine,
  }) => {
    const origin = await run(engine, start(three()));
    const { second } = await named(engine, origin);
    const between = await fork(engine, second!.id, edited(2, 'Two!'));
    await engine.untilClosed(between);
    const removed = await engine.http.raw(`/v1/executions/${origin}`, { method: 'DELETE' });

    const id = await fork(engine, (await named(engine, between))['second']!.id, edited(1, 'Zwei.'));
    await engine.untilClosed(id);

    expect(removed.status).toBe(204);
    expect(await callsIn(engine, between)).toEqual({ null: 0, first: 0, second: 0, third: 1 });
    expect(await callsIn(engine, id)).toEqual({ null: 0, first: 0, second: 1, third: 1 });
    const { first, third } = await named(engine, id);
    expect((await saidIn(engine, first!.id))[0]!.content.text).toBe('One.');
    expect(await viewOf(engine, third!.id)).toMatchObject({ forkedFrom: null });
  });

  test('changed in its input or configuration, a child runs so in the fork, and in a fork of that', async ({
    engine,
  }) => {
    const config = { maxRounds: 1, consensusMethod: 'majority', allowEarlyTermination: false };
    const script = [{ choice: 'yes', text: 'Yes.' }];
    const debate = {
      type: 'debate',
      config,
      members: [1, 2].map((n) => ({
        slot: `debater_${n}`,
        agent: { name: `debater_${n}`, config: { rehearsal: { seed: 1, script } } },
      })),
    };
    const origin = await run(engine, {
      inline: compound({}, { first: pipeline({ say: 'One.' }), talk: debate }),
      input: { question: 'Ship?', options: ['yes', 'no'] },
    });
    const { talk } = await named(engine, origin);

    const longer = await fork(engine, talk!.id, {
      fromMessage: 2,
      whole: true,
      config: { maxRounds: 2 },
      input: { context: 'It is Thursday.' },
    });
    await engine.untilClosed(longer);
    const { first, talk: copy } = await named(engine, longer);
    const again = await fork(engine, first!.id, { fromMessage: 1, whole: true });
    await engine.untilClosed(again);

    expect(await callsIn(engine, longer)).toEqual({ null: 0, first: 0, talk: 2 });
    expect((await viewOf(engine, copy!.id)).input.context).toBe('It is Thursday.');
    expect(await callsIn(engine, again)).toEqual({ null: 0, first: 0, talk: 4 });
  });
});

describe('put together by a synthesizer', () => {
  test('it is forked at what a child came to: children are free, and the synthesizer hears the edit', async ({
    engine,
  }) => {
    const children = { tea: 'Tea.', milk: 'Milk.', water: 'Water.' };
    const inline = synthesized(
      Object.fromEntries(
        Object.entries(children).map(([name, say]) => [name, pipeline({ say })] as const),
      ),
    );
    const origin = await run(engine, start(inline));
    const before = await saidIn(engine, origin);

    const id = await fork(engine, origin, {
      fromMessage: 2,
      edit: { content: { text: 'Oat milk.' } },
    });
    const closed = await engine.untilClosed(id);
    const kept = await fork(engine, origin, { fromMessage: 4, whole: true });
    const same = await engine.untilClosed(kept);

    expect(closed).toMatchObject({ state: 'completed', usage: { calls: 1 } });
    expect(await callsIn(engine, id)).toEqual({ null: 1, tea: 0, milk: 0, water: 0 });
    const after = await engine.messagesOf(id);
    expect(after.map(({ content }) => content.text)).toEqual([
      'Tea.',
      'Oat milk.',
      'Water.',
      'All of it.',
    ]);
    expect(after.map((message) => (message as { edited?: boolean }).edited)).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(await askedIn(engine, id)).toMatch(/Tea\..*Oat milk\..*Water\./s);
    expect(same).toMatchObject({ state: 'completed', usage: { calls: 0 } });
    expect(await saidIn(engine, kept)).toEqual(before);
  });

  test('a child that had failed stays so, and what was heard of the others keeps its place', async ({
    engine,
  }) => {
    const inline = synthesized({
      tea: pipeline({ say: 'Tea.' }),
      gin: pipeline({ say: { error: 'refused' } }),
      milk: pipeline({ say: 'Milk.' }),
    });
    const origin = await run(engine, start(inline));

    const id = await fork(engine, origin, {
      fromMessage: 2,
      edit: { content: { text: 'Oat milk.' } },
    });
    await engine.untilClosed(id);

    expect(await statesIn(engine, id)).toEqual({
      '': 'completed',
      tea: 'completed',
      gin: 'failed',
      milk: 'completed',
    });
    expect((await viewOf(engine, id)).usage).toMatchObject({ attempts: 1 });
    expect(await saidIn(engine, id)).toMatchObject([
      { slot: 'tea' },
      { slot: 'milk', content: { text: 'Oat milk.' } },
      { slot: 'synthesizer' },
    ]);
  });

  test('inside another one: as an execution of its own, or with `whole` in a fork of all', async ({
    engine,
  }) => {
    const group = synthesized({
      tea: pipeline({ say: 'Tea.' }),
      milk: pipeline({ say: 'Milk.' }),
    });
    const origin = await run(
      engine,
      start(compound({}, { facts: pipeline({ say: 'Thirst.' }), group })),
    );
    const before = await named(engine, origin);
    const body = { fromMessage: 1, edit: { content: { text: 'Mate.' } } };

    const alone = await fork(engine, before['group']!.id, body);
    const whole = await fork(engine, before['group']!.id, { ...body, whole: true });
    await Promise.all([engine.untilClosed(alone), engine.untilClosed(whole)]);

    expect(await callsIn(engine, alone)).toEqual({ null: 1, tea: 0, milk: 0 });
    expect(await callsIn(engine, whole)).toEqual({ null: 0, facts: 0, group: 1, tea: 0, milk: 0 });
    expect(await viewOf(engine, alone)).toMatchObject({ parent: null });
    expect((await viewOf(engine, alone)).input.context).toBe('facts:\nThirst.');
    const { group: copy } = await named(engine, whole);
    expect(await askedIn(engine, copy!.id)).toContain('Mate.');
  });
});

test('three deep, forked at a message of a leaf: every level is there as it was, and goes on', async ({
  engine,
  database,
}) => {
  const inner = compound(
    {},
    {
      leaf: pipeline({ say: 'Deep.', polish: 'Very deep.' }),
      next: pipeline({ polish: 'Deeper.' }),
    },
  );
  const beside = pipeline({ say: 'Beside.' });
  const origin = await run(engine, {
    ...start(
      compound(
        {},
        {
          before: pipeline({ say: 'Before.' }),
          middle: compound({ compositionType: 'parallel' }, { inner, beside }),
          after: pipeline({ say: 'After.' }),
        },
      ),
    ),
    budget: { tokens: 500_000 },
  });
  const { leaf } = await named(engine, origin);

  const id = await fork(engine, leaf!.id, edited(2, 'Abyssal.'));
  const closed = await engine.untilClosed(id);

  expect(closed).toMatchObject({ state: 'completed', output: { answer: 'After.' } });
  const calls = await callsIn(engine, id);
  expect(calls).toMatchObject({ before: 0, leaf: 0, next: 1, after: 1 });
  const { leaf: copy, next } = await named(engine, id);
  expect((await viewOf(engine, next!.id)).input.context).toContain('Abyssal.');
  expect(await viewOf(engine, copy!.id)).toMatchObject({
    forkedFrom: { executionId: leaf!.id, sequence: 2 },
  });
  const rows = await inDatabase(
    database.systemUrl,
    `select e.parent_slot as slot, e.depth, cardinality(b.path) as held, b.limit_tokens as ceiling, e.origin_id = o.origin_id as lots
     from conclave.execution e join conclave.budget b on b.scope_id = e.id
       left join conclave.execution o on o.id = e.forked_from_id
     where e.root_execution_id = $1 order by e.depth, e.parent_slot`,
    [id],
  );
  const isNew = { lots: null, ceiling: null };
  const isCopy = { lots: true, ceiling: null };
  const besideRow = calls['beside'] === 0 ? isCopy : isNew;
  expect(rows).toEqual([
    { slot: null, depth: 0, held: 1, lots: true, ceiling: '500000' },
    { slot: 'after', depth: 1, held: 2, ...isNew },
    { slot: 'before', depth: 1, held: 2, ...isCopy },
    { slot: 'middle', depth: 1, held: 2, ...isCopy },
    { slot: 'beside', depth: 2, held: 3, ...besideRow },
    { slot: 'inner', depth: 2, held: 3, ...isCopy },
    { slot: 'leaf', depth: 3, held: 4, ...isCopy },
    { slot: 'next', depth: 3, held: 4, ...isNew },
  ]);
});
