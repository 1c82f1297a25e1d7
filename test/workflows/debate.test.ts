import { describe, expect } from 'vitest';
import { test } from './fixtures.ts';
import { outcomeOf } from './stage.ts';

describe('rounds', () => {
  test('round 1 is spoken without hearing anyone, later ones after hearing all rounds before', async ({
    stage,
  }) => {
    const lines = { debater_1: [0, 0], debater_2: [1, 0], debater_3: [2, 0] };

    const play = await stage.debate({ lines });
    await outcomeOf(play);

    const heard = play.rows.asked.map(({ slot, round, sequence, ask, hears }) => ({
      slot,
      round,
      sequence,
      ask,
      hears,
    }));
    expect(heard).toEqual([
      askOf(1, 1, 1),
      askOf(2, 1, 2),
      askOf(3, 1, 3),
      askOf(1, 2, 4),
      askOf(2, 2, 5),
      askOf(3, 2, 6),
    ]);
  });

  test('it ends after the round in which the method is satisfied with enough agreement', async ({
    stage,
  }) => {
    const lines = { debater_1: [0, 0], debater_2: [1, 1], debater_3: [2, 1] };

    const outcome = await outcomeOf(await stage.debate({ lines }));

    expect(outcome).toEqual({
      kind: 'debate',
      method: 'majority',
      decidedBy: 'method',
      converged: true,
      rounds: 2,
      budgetEnded: false,
      agreement: 2 / 3,
      position: 1,
      mediatorSequence: null,
      votes: [
        { slot: 'debater_1', sequence: 4, position: 0, weight: 1, confidence: 0.5 },
        { slot: 'debater_2', sequence: 5, position: 1, weight: 1, confidence: 0.5 },
        { slot: 'debater_3', sequence: 6, position: 1, weight: 1, confidence: 0.5 },
      ],
    });
  });

  test('with too little agreement it goes on, and the last round decides', async ({ stage }) => {
    const lines = { debater_1: [0, 0], debater_2: [0, 0], debater_3: [1, 1] };
    const config = { maxRounds: 2, convergenceThreshold: 0.7 };

    const outcome = await outcomeOf(await stage.debate({ lines, config }));

    expect(outcome).toMatchObject({ rounds: 2, decidedBy: 'method', position: 0, converged: true });
  });

  test('a threshold that is hit exactly ends it', async ({ stage }) => {
    const lines = { debater_1: [0], debater_2: [0], debater_3: [1] };
    const config = { convergenceThreshold: 0.6666666666666666 };

    const outcome = await outcomeOf(await stage.debate({ lines, config }));

    expect(outcome).toMatchObject({ rounds: 1, position: 0 });
  });

  test('without early termination every round is held', async ({ stage }) => {
    const lines = { debater_1: [0, 0, 1], debater_2: [0, 0, 1] };

    const outcome = await outcomeOf(
      await stage.debate({ lines, config: { allowEarlyTermination: false } }),
    );

    expect(outcome).toMatchObject({ rounds: 3, position: 1 });
  });
});

describe('methods', () => {
  test('unanimous waits until all valid votes agree; abstentions are none', async ({ stage }) => {
    const abstained = { abstained: true } as const;
    const lines = { debater_1: [0, 0], debater_2: [1, 0], debater_3: [abstained, abstained] };
    const config = { consensusMethod: 'unanimous' } as const;

    const outcome = await outcomeOf(await stage.debate({ lines, config }));

    expect(outcome).toMatchObject({ rounds: 2, position: 0, agreement: 1 });
    expect(outcome.votes.map(({ slot }) => slot)).toEqual(['debater_1', 'debater_2']);
  });

  test('weighted lets one heavy seat carry, by weight', async ({ stage }) => {
    const lines = { debater_1: [0], debater_2: [1], debater_3: [1] };
    const weights = { debater_1: 8 };
    const config = { consensusMethod: 'weighted' } as const;

    const outcome = await outcomeOf(await stage.debate({ lines, weights, config }));

    expect(outcome).toMatchObject({ rounds: 1, position: 0, agreement: 0.8, method: 'weighted' });
  });

  test('a tie is no consensus: without a mediator nobody decides', async ({ stage }) => {
    const lines = { debater_1: [0, 0], debater_2: [1, 1] };
    const config = { maxRounds: 2, convergenceThreshold: 0.5 };

    const outcome = await outcomeOf(await stage.debate({ lines, config }));

    expect(outcome).toMatchObject({
      method: 'majority',
      decidedBy: null,
      converged: false,
      position: null,
      rounds: 2,
      agreement: 0.5,
    });
    expect(outcome.votes).toHaveLength(2);
  });

  test('where the method finds nothing, a mediator seat decides, and it is no consensus', async ({
    stage,
  }) => {
    const lines = { debater_1: [0, 0], debater_2: [1, 1], mediator: [2] };

    const play = await stage.debate({ lines, config: { maxRounds: 2 } });
    const outcome = await outcomeOf(play);

    expect(outcome).toMatchObject({
      method: 'mediator',
      decidedBy: 'mediator',
      converged: false,
      position: 2,
      mediatorSequence: 5,
    });
    expect(play.rows.asked.at(-1)).toMatchObject({
      slot: 'mediator',
      ask: { kind: 'mediate', round: 2, mayContinue: false },
      hears: { before: 5, rounds: { from: 1, to: 2 } },
    });
  });
});

describe('the method mediator', () => {
  const config = { consensusMethod: 'mediator', convergenceThreshold: 0.8 } as const;
  const apart = { debater_1: [0, 0, 0], debater_2: [1, 1, 1], debater_3: [1, 1, 1] };
  const another = { anotherRound: true } as const;

  test('the mediator may ask for more rounds and then decides, whatever the votes', async ({
    stage,
  }) => {
    const play = await stage.debate({ lines: { ...apart, mediator: [another, 2] }, config });

    expect(await outcomeOf(play)).toMatchObject({
      method: 'mediator',
      decidedBy: 'mediator',
      converged: true,
      position: 2,
      rounds: 2,
      mediatorSequence: 8,
    });
    const asks = play.rows.asked.flatMap(({ ask }) => (ask.kind === 'mediate' ? [ask] : []));
    expect(asks).toEqual([
      { kind: 'mediate', round: 1, mayContinue: true },
      { kind: 'mediate', round: 2, mayContinue: true },
    ]);
  });

  test('after the last round it may not ask for another', async ({ stage }) => {
    const play = await stage.debate({
      lines: { ...apart, mediator: [another, another, 0] },
      config,
    });

    expect(await outcomeOf(play)).toMatchObject({ rounds: 3, position: 0 });
    expect(play.rows.asked.at(-1)?.ask).toEqual({ kind: 'mediate', round: 3, mayContinue: false });
  });

  test('enough agreement ends it without asking', async ({ stage }) => {
    const lines = { debater_1: [1], debater_2: [1], mediator: [] };

    const outcome = await outcomeOf(await stage.debate({ lines, config }));

    expect(outcome).toMatchObject({ decidedBy: 'agreement', position: 1, method: 'mediator' });
  });

  test('a mediator that gives no answer leaves the decision to the next round, at last to nobody', async ({
    stage,
  }) => {
    const refusal = { fails: 'model_refused' } as const;
    const lines = { ...apart, mediator: [refusal, refusal] };

    const play = await stage.debate({ lines, config: { ...config, maxRounds: 2 } });

    expect(await outcomeOf(play)).toMatchObject({ decidedBy: null, position: null, rounds: 2 });
  });

  test('in free text it may decide in its own words', async ({ stage }) => {
    const lines = {
      debater_1: ['a'],
      debater_2: ['b'],
      mediator: [{ groups: [0, 1] }, { option: null }],
    };

    const play = await stage.debate({ lines, optionCount: 0, config });

    expect(await outcomeOf(play)).toMatchObject({ position: null, mediatorSequence: 4 });
  });
});

/** A debater's turn as it is asked for; three debaters take three numbers a round. */
const askOf = (n: number, round: number, sequence: number) => ({
  slot: `debater_${n}`,
  round,
  sequence,
  ask: { kind: 'position', round, maxRounds: 3 },
  hears: { before: round === 1 ? 1 : 4, rounds: { from: 1, to: round - 1 } },
});
