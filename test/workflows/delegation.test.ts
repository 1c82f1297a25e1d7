import { describe, expect } from 'vitest';
import type { DelegationOutcome } from '../../workflows/contract/outcomes.ts';
import type { ItemRoute } from '../../workflows/contract/turns.ts';
import { test } from './fixtures.ts';
import { endingOf, type Performance } from './stage.ts';

const fails = { fails: 'model_refused' } as const;
const plan = (count: number) => ({ parts: Array.from({ length: count }, () => null) });
const seats = (...slots: string[]) => slots.map((slot) => ({ slot, score: 0.5 }));
const route = (slot: string, ...spare: string[]): ItemRoute => ({
  seats: seats(slot),
  spare: seats(...spare),
});

async function outcomeOf(play: Performance): Promise<DelegationOutcome> {
  const ending = await endingOf(play);
  if (ending.state !== 'completed' || ending.outcome.kind !== 'delegation')
    throw new Error(`not a completed delegation: ${JSON.stringify(ending)}`);
  return ending.outcome;
}

const story = ({ rows }: Performance): string[] =>
  rows.asked.map(({ round, slot, ask }) => {
    const about = 'piece' in ask && ask.piece ? ` ${ask.piece.part}` : '';
    return `${round} ${slot} ${'how' in ask ? ask.how : ask.kind}${about}`;
  });

test('the coordinator plans, specialists work in parallel, the coordinator hears exactly their reports', async ({
  stage,
}) => {
  const play = await stage.delegation({
    lines: {
      coordinator: [plan(3), { confidence: 0.7 }],
      specialist_1: [{}, {}],
      specialist_2: [{}],
    },
    routes: [route('specialist_1'), route('specialist_2'), route('specialist_1')],
  });

  const outcome = await outcomeOf(play);

  expect(story(play)).toEqual([
    '1 coordinator assign',
    '2 specialist_1 work 0',
    '2 specialist_2 work 1',
    '2 specialist_1 work 2',
    '3 coordinator merge',
  ]);
  expect(outcome).toEqual({
    kind: 'delegation',
    method: 'capability_match',
    sequence: 5,
    confidence: 0.7,
    rounds: 3,
    plan: 1,
    assignments: [0, 1, 2].map((item) => ({
      item,
      slot: item === 1 ? 'specialist_2' : 'specialist_1',
      score: 0.5,
      sequence: item + 2,
      confidence: 0.5,
      failure: null,
    })),
  });
  expect(play.rows.asked.at(-1)).toMatchObject({
    ask: { pieces: [0, 1, 2].map((part) => ({ plan: 1, part, report: part + 2 })) },
    hears: { before: 5, sequences: [1, 2, 3, 4], data: true },
  });
});

test.for([
  { name: 'a plan', lines: { coordinator: [plan(1), {}], specialist_1: [{}] }, asked: [1] },
  {
    name: 'items',
    lines: { coordinator: [{}], specialist_1: [{}] },
    itemCount: 1,
    asked: [null],
  },
] as const)(
  'who gets the parts of $name comes with it, and is asked for where it does not',
  async ({ asked, ...play }, { stage }) => {
    const routes = [route('specialist_1')];
    const told = await stage.delegation({ ...play, routes });
    const untold = await stage.delegation({ ...play, routes, tellsNoRoutes: true });

    expect(await outcomeOf(told)).toEqual(await outcomeOf(untold));
    expect(told.rows.routed).toEqual([]);
    expect(untold.rows.routed).toEqual(asked);
  },
);

test('items of the input need no plan', async ({ stage }) => {
  const play = await stage.delegation({
    lines: { coordinator: [{}], specialist_1: [{}] },
    routes: [route('specialist_1')],
    itemCount: 1,
  });

  expect(await outcomeOf(play)).toMatchObject({ plan: null, rounds: 2, sequence: 2 });
  expect(play.rows.asked[0]).toMatchObject({
    ask: { kind: 'report', piece: { plan: null, part: 0 } },
    hears: { sequences: [] },
  });
});

test('an empty plan: the coordinator does the task itself', async ({ stage }) => {
  const play = await stage.delegation({
    lines: { coordinator: [plan(0), {}], specialist_1: [] },
    routes: [],
  });

  expect(await outcomeOf(play)).toMatchObject({ assignments: [], rounds: 2 });
  expect(story(play)).toEqual(['1 coordinator assign', '2 coordinator work']);
});

describe('specialists that fail', () => {
  test('the item goes to the next that fits, then to the fallback; what nobody could is told', async ({
    stage,
  }) => {
    const play = await stage.delegation({
      lines: {
        coordinator: [plan(3), {}],
        specialist_1: [fails, fails, fails],
        specialist_2: [{}, fails, fails],
        fallback: [{}, fails],
      },
      routes: [0, 1, 2].map(() => route('specialist_1', 'specialist_2', 'fallback')),
    });

    const outcome = await outcomeOf(play);

    expect(story(play).slice(4)).toEqual([
      '3 specialist_2 work 0',
      '3 specialist_2 work 1',
      '3 specialist_2 work 2',
      '4 fallback work 1',
      '4 fallback work 2',
      '5 coordinator merge',
    ]);
    expect(outcome.rounds).toBe(5);
    expect(play.rows.asked.at(-1)?.ask).toMatchObject({
      pieces: [
        { part: 0, report: 5 },
        { part: 1, report: 8 },
        { part: 2, report: null },
      ],
    });
  });

  test('all of them: too_many_failures, and the coordinator is not asked', async ({ stage }) => {
    const play = await stage.delegation({
      lines: { coordinator: [plan(2)], specialist_1: [fails, fails] },
      routes: [route('specialist_1'), route('specialist_1')],
    });

    expect(await endingOf(play)).toMatchObject({
      state: 'failed',
      code: 'too_many_failures',
      message: expect.stringContaining('specialist_1 (model_refused)'),
    });
  });

  test('the coordinator: the execution fails with its code', async ({ stage }) => {
    const play = await stage.delegation({
      lines: { coordinator: [fails], specialist_1: [] },
      routes: [],
    });

    expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'model_refused' });
  });

  test('the end of the budget ends it', async ({ stage }) => {
    const play = await stage.delegation({
      lines: { coordinator: [plan(1)], specialist_1: [{ fails: 'budget_exhausted' }] },
      routes: [route('specialist_1', 'specialist_1')],
    });

    expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'budget_exhausted' });
  });
});

test('nobody is capable: the execution fails before any work, and says which item', async ({
  stage,
}) => {
  const play = await stage.delegation({
    lines: { coordinator: [plan(2)], specialist_1: [] },
    routes: [route('specialist_1'), { seats: [], spare: [] }],
  });

  expect(await endingOf(play)).toMatchObject({
    state: 'failed',
    code: 'no_capable_agent',
    piece: { plan: 1, part: 1 },
  });
  expect(play.rows.asked).toHaveLength(1);
});

test('broadcast: all that fit do each item; one report is enough', async ({ stage }) => {
  const play = await stage.delegation({
    lines: { coordinator: [plan(1), {}], specialist_1: [fails], specialist_2: [{}], fallback: [] },
    routes: [{ seats: seats('specialist_1', 'specialist_2'), spare: seats('fallback') }],
  });

  const { assignments } = await outcomeOf(play);

  expect(assignments.map(({ slot, failure }) => [slot, failure])).toEqual([
    ['specialist_1', 'model_refused'],
    ['specialist_2', null],
  ]);
});

test('fifty specialists: who is faster changes nothing in the numbers', async ({ stage }) => {
  const slots = Array.from({ length: 50 }, (_, i) => `specialist_${i + 1}`);
  const run = async (takes: (i: number) => number) => {
    const play = await stage.delegation({
      lines: {
        coordinator: [{}],
        ...Object.fromEntries(slots.map((slot, i) => [slot, [{ takes: takes(i) }]])),
      },
      routes: slots.map((slot) => route(slot)),
      itemCount: 50,
    });
    const outcome = await outcomeOf(play);
    return { outcome, story: story(play) };
  };

  const [one, other] = await Promise.all([run((i) => i * 4), run((i) => 200 - i * 4)]);

  expect(one.story).toHaveLength(51);
  expect(other).toEqual(one);
});
