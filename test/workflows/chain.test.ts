import { describe, expect } from 'vitest';
import type { ChainOutcome } from '../../workflows/contract/outcomes.ts';
import { test } from './fixtures.ts';
import type { Line } from './memory-activities.ts';
import { endingOf, type Performance } from './stage.ts';

const sure = (confidence: number) => ({ confidence });
const plan = (...parts: (number | null)[]) => ({ parts });
const TWO = { authorityLevels: ['chief', 'worker'] };

async function outcomeOf(play: Performance): Promise<ChainOutcome> {
  const ending = await endingOf(play);
  if (ending.state !== 'completed' || ending.outcome.kind !== 'chain')
    throw new Error(`not a completed chain: ${JSON.stringify(ending)}`);
  return ending.outcome;
}

/** Who did what in which round, in the order of the numbers. */
const story = ({ rows }: Performance): string[] =>
  rows.asked.map(({ round, slot, ask }) => `${round} ${slot} ${'how' in ask ? ask.how : ask.kind}`);

describe('down and up', () => {
  test('three levels: each splits, the lowest works, each merges; in rounds, numbered by seat', async ({
    stage,
  }) => {
    const play = await stage.chain({
      lines: {
        commander: [plan(0, 1), sure(0.9)],
        lieutenant_1: [plan(null, null), sure(0.8)],
        lieutenant_2: [plan(1), sure(0.7)],
        worker_1: [sure(0.6), sure(0.61)],
        worker_2: [sure(0.62), sure(0.63)],
      },
    });

    const outcome = await outcomeOf(play);

    expect(story(play)).toEqual([
      '1 commander split',
      '2 lieutenant_1 split',
      '2 lieutenant_2 split',
      '3 worker_1 work',
      '3 worker_2 work',
      '3 worker_2 work',
      '4 lieutenant_1 merge',
      '4 lieutenant_2 merge',
      '5 commander merge',
    ]);
    expect(outcome).toMatchObject({ sequence: 9, confidence: 0.9, escalated: false, rounds: 5 });
    expect(
      outcome.pieces.map(({ plan: of, part, slot, report }) => [of, part, slot, report]),
    ).toEqual([
      [1, 0, 'lieutenant_1', 7],
      [1, 1, 'lieutenant_2', 8],
      [2, 0, 'worker_1', 4],
      [2, 1, 'worker_2', 5],
      [3, 0, 'worker_2', 6],
    ]);
  });

  test('each hears what its work is about, and nothing else', async ({ stage }) => {
    const play = await stage.chain({
      lines: { chief: [plan(0, 1), sure(1)], worker_1: [sure(1)], worker_2: [sure(1)] },
      config: TWO,
    });

    await outcomeOf(play);

    expect(play.rows.asked.map(({ hears }) => hears)).toEqual([
      { before: 1, sequences: [], data: true },
      { before: 2, sequences: [1], data: true },
      { before: 2, sequences: [1], data: true },
      { before: 4, sequences: [1, 2, 3], data: true },
    ]);
  });

  test('one level: the top just works', async ({ stage }) => {
    const play = await stage.chain({
      lines: { chief: [sure(0.9)] },
      config: { authorityLevels: ['chief'] },
    });

    expect(await outcomeOf(play)).toMatchObject({ sequence: 1, rounds: 1, pieces: [] });
    expect(story(play)).toEqual(['1 chief work']);
  });

  test('an empty plan: who has nothing to hand down does it itself', async ({ stage }) => {
    const play = await stage.chain({
      lines: { commander: [plan(0), sure(0.9)], lieutenant: [plan(), sure(0.8)], worker: [] },
    });

    await outcomeOf(play);

    expect(story(play)).toEqual([
      '1 commander split',
      '2 lieutenant split',
      '3 lieutenant work',
      '4 commander merge',
    ]);
  });

  test('maxDelegationDepth 1: the second level works, the third is never asked', async ({
    stage,
  }) => {
    const play = await stage.chain({
      lines: { commander: [plan(0), sure(0.9)], lieutenant: [sure(0.8)], worker: [] },
      config: { maxDelegationDepth: 1 },
    });

    await outcomeOf(play);

    expect(story(play)).toEqual(['1 commander split', '2 lieutenant work', '3 commander merge']);
  });

  test('eight levels, eight seats, eight parts: every level has its turn', async ({ stage }) => {
    const levels = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const last = Array.from({ length: 8 }, (_, i) => [`h_${i + 1}`, [sure(1)]] as const);
    const leaders = levels.slice(0, 6).map((level) => [level, [plan(0), sure(1)]] as const);
    const eight = plan(...Array.from({ length: 8 }, (_, i) => i));

    const play = await stage.chain({
      lines: Object.fromEntries([...leaders, ['g', [eight, sure(1)]], ...last]),
      config: { authorityLevels: levels, maxDelegationDepth: 7 },
    });

    const outcome = await outcomeOf(play);
    expect(outcome.pieces).toHaveLength(6 + 8);
    expect(outcome.rounds).toBe(15);
    expect(play.rows.asked).toHaveLength(7 + 8 + 7);
  });
});

const oneWorker = (worker: Line[], chief: Line[], escalationThreshold = 0.5) => ({
  lines: { chief: [plan(0), ...chief], worker },
  config: { ...TWO, escalationThreshold },
});

describe('reports that are not sure enough', () => {
  test('exactly at the threshold is sure enough', async ({ stage }) => {
    const play = await stage.chain(oneWorker([sure(0.5)], [sure(0.5)]));

    expect(await outcomeOf(play)).toMatchObject({ escalated: false, rounds: 3 });
    expect(story(play)).toEqual(['1 chief split', '2 worker work', '3 chief merge']);
  });

  test('below it: guidance, and once more; then it is sure enough', async ({ stage }) => {
    const play = await stage.chain(oneWorker([sure(0.49), sure(0.5)], [{}, sure(0.9)]));

    const { pieces } = await outcomeOf(play);

    expect(story(play)).toEqual([
      '1 chief split',
      '2 worker work',
      '3 chief guide',
      '4 worker redo',
      '5 chief merge',
    ]);
    expect(pieces).toMatchObject([{ status: 'redone', by: 'worker', report: 4, overruled: null }]);
    expect(play.rows.asked.at(-2)).toMatchObject({
      ask: { how: 'redo', draft: 2, guidance: 3 },
      hears: { sequences: [1, 2, 3] },
    });
  });

  test('still below it: the superior takes over, and merges', async ({ stage }) => {
    const play = await stage.chain(oneWorker([sure(0.1), sure(0.2)], [{}, sure(0.7), sure(0.4)]));

    const outcome = await outcomeOf(play);

    expect(story(play).slice(2)).toEqual([
      '3 chief guide',
      '4 worker redo',
      '5 chief takeOver',
      '6 chief merge',
    ]);
    expect(outcome).toMatchObject({ confidence: 0.4, escalated: true, rounds: 6 });
    expect(outcome.pieces).toEqual([
      {
        plan: 1,
        part: 0,
        slot: 'worker',
        by: 'chief',
        status: 'taken_over',
        report: 5,
        confidence: 0.7,
        overruled: 4,
        failure: null,
      },
    ]);
  });

  test('threshold 0: nothing is escalated; threshold 1: all that is not certain', async ({
    stage,
  }) => {
    const calm = await stage.chain(oneWorker([sure(0)], [sure(0)], 0));
    const strict = await stage.chain(oneWorker([sure(0.99), sure(1)], [{}, sure(1)], 1));

    expect(await outcomeOf(calm)).toMatchObject({ escalated: false, rounds: 3 });
    expect(await outcomeOf(strict)).toMatchObject({ escalated: false, rounds: 5 });
  });

  test('the middle of a chain is redone and taken over like its end', async ({ stage }) => {
    const play = await stage.chain({
      lines: {
        commander: [plan(0), {}, sure(0.8), sure(0.9)],
        lieutenant: [plan(0), sure(0.2), sure(0.3)],
        worker: [sure(0.9)],
      },
    });

    await outcomeOf(play);

    expect(story(play).slice(3)).toEqual([
      '4 lieutenant merge',
      '5 commander guide',
      '6 lieutenant redo',
      '7 commander takeOver',
      '8 commander merge',
    ]);
    expect(play.rows.asked.find(({ ask }) => 'how' in ask && ask.how === 'takeOver')).toMatchObject(
      {
        ask: { draft: 6, guidance: 5, pieces: [{ plan: 2, part: 0, report: 3 }] },
      },
    );
  });
});

describe('seats that fail', () => {
  const fails = { fails: 'model_refused' } as const;

  test('a worker: its superior takes over at once', async ({ stage }) => {
    const play = await stage.chain({
      lines: {
        chief: [plan(0, 1), sure(0.9), sure(0.9)],
        worker_1: [fails],
        worker_2: [sure(0.9)],
      },
      config: TWO,
    });

    const { pieces } = await outcomeOf(play);

    expect(story(play).slice(3)).toEqual(['3 chief takeOver', '4 chief merge']);
    expect(pieces[0]).toMatchObject({
      status: 'taken_over',
      failure: 'model_refused',
      overruled: null,
    });
  });

  test('without guidance there is no second chance', async ({ stage }) => {
    const play = await stage.chain({
      lines: { chief: [plan(0), fails, sure(0.9), sure(0.9)], worker: [sure(0.2)] },
      config: TWO,
    });

    await outcomeOf(play);

    expect(story(play).slice(2)).toEqual(['3 chief guide', '4 chief takeOver', '5 chief merge']);
  });

  test('a superior that cannot merge: the one above takes over, and hears what there is', async ({
    stage,
  }) => {
    const play = await stage.chain({
      lines: {
        commander: [plan(0), sure(0.9), sure(0.9)],
        lieutenant: [plan(0), fails],
        worker: [sure(0.9)],
      },
    });

    await outcomeOf(play);

    expect(story(play).slice(3)).toEqual([
      '4 lieutenant merge',
      '5 commander takeOver',
      '6 commander merge',
    ]);
    expect(play.rows.asked.at(-2)).toMatchObject({ hears: { sequences: [1, 2, 3] } });
  });

  test.for([
    { name: 'splitting', chief: [fails], worker: [] },
    { name: 'merging', chief: [plan(0), fails], worker: [sure(0.9)] },
    { name: 'taking over', chief: [plan(0), fails], worker: [fails] },
  ])(
    'the top, $name: the execution fails, and says what to do',
    async ({ chief, worker }, { stage }) => {
      const ending = await endingOf(await stage.chain({ lines: { chief, worker }, config: TWO }));

      expect(ending).toMatchObject({
        state: 'failed',
        code: 'model_refused',
        message: expect.stringContaining('The top (chief) gave no answer.'),
      });
    },
  );

  test('the end of the budget ends the chain', async ({ stage }) => {
    const play = await stage.chain({
      lines: { chief: [plan(0)], worker: [{ fails: 'budget_exhausted' }] },
      config: TWO,
    });

    expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'budget_exhausted' });
  });
});

test('who is faster changes nothing in the numbers', async ({ stage }) => {
  const stories = await Promise.all(
    [
      [0, 60, 120],
      [120, 0, 60],
      [60, 120, 0],
    ].map(async ([one = 0, two = 0, three = 0]) => {
      const play = await stage.chain({
        lines: {
          chief: [plan(0, 1, 2, 0), {}, sure(1)],
          worker_1: [{ ...sure(0.2), takes: one }, { ...sure(1), takes: two }, sure(1)],
          worker_2: [{ ...sure(1), takes: two }],
          worker_3: [{ ...sure(1), takes: three }],
        },
        config: TWO,
      });
      const outcome = await outcomeOf(play);
      return { outcome, story: story(play) };
    }),
  );

  expect(stories[0]!.story).toEqual([
    '1 chief split',
    '2 worker_1 work',
    '2 worker_2 work',
    '2 worker_3 work',
    '2 worker_1 work',
    '3 chief guide',
    '4 worker_1 redo',
    '5 chief merge',
  ]);
  expect(stories[1]).toEqual(stories[0]);
  expect(stories[2]).toEqual(stories[0]);
});
