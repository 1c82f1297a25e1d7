import { describe, expect } from 'vitest';
import type { CrosscheckPlan } from '../../workflows/contract/plans.ts';
import { test } from './fixtures.ts';
import { endingOf, outcomeAs } from './stage.ts';

const [APPROVE, REJECT] = [0, 1];
const ABSTAIN = { abstained: true } as const;
const TEXT = { option: null } as const;
const held = (option: number) => ({ option, held: true }) as const;
const refused = { fails: 'model_refused' } as const;
const unpaid = { fails: 'budget_exhausted' } as const;

function plan(
  config: Partial<CrosscheckPlan['config']> = {},
  seats: { producer?: true; mediator?: true } = {},
): CrosscheckPlan {
  return {
    workflow: 'crosscheck',
    producerSlot: seats.producer ? 'producer' : null,
    mediatorSlot: seats.mediator ? 'mediator' : null,
    config: {
      numCheckers: 3,
      consensusMethod: 'majority',
      requireUnanimousForApproval: false,
      maxRevisions: 0,
      ...config,
    },
  };
}
const given = { hasArtifact: true } as const;

describe('one round', () => {
  test('most checkers decide on the artifact that was given', async ({ stage }) => {
    const lines = { checker_1: [APPROVE], checker_2: [REJECT], checker_3: [APPROVE] };

    const play = await stage.play(plan(), { lines, ...given });

    expect(await outcomeAs('crosscheck', play)).toMatchObject({
      method: 'majority',
      decidedBy: 'method',
      converged: true,
      verdict: 'approve',
      rounds: 1,
      agreement: 2 / 3,
      artifactSequence: null,
      votes: [
        { slot: 'checker_1' },
        { slot: 'checker_2', position: REJECT },
        { slot: 'checker_3' },
      ],
    });
    for (const { hears } of play.rows.asked) expect(hears).toMatchObject({ sequences: [] });
  });

  test('a tie is no decision', async ({ stage }) => {
    const lines = { checker_1: [APPROVE], checker_2: [REJECT] };

    const outcome = await outcomeAs('crosscheck', await stage.play(plan(), { lines, ...given }));

    expect(outcome).toMatchObject({ verdict: null, decidedBy: null, converged: false });
  });

  test('where unanimity is required one that rejects is enough, and all that approve approve', async ({
    stage,
  }) => {
    const strict = plan({ requireUnanimousForApproval: true });
    const verdictOf = async (...said: (number | typeof ABSTAIN)[]) => {
      const lines = Object.fromEntries(said.map((line, i) => [`checker_${i + 1}`, [line]]));
      return outcomeAs('crosscheck', await stage.play(strict, { lines, ...given }));
    };

    expect(await verdictOf(APPROVE, APPROVE, REJECT)).toMatchObject({
      verdict: 'reject',
      method: 'unanimous',
      decidedBy: 'method',
    });
    expect(await verdictOf(APPROVE, APPROVE, APPROVE)).toMatchObject({ verdict: 'approve' });
    expect(await verdictOf(APPROVE, ABSTAIN, APPROVE)).toMatchObject({ verdict: 'approve' });
  });

  test('weights decide where they are asked for', async ({ stage }) => {
    const lines = { checker_1: [REJECT], checker_2: [APPROVE], checker_3: [APPROVE] };
    const weights = { checker_1: 3 };

    const play = await stage.play(plan({ consensusMethod: 'weighted' }), {
      lines,
      weights,
      ...given,
    });

    expect(await outcomeAs('crosscheck', play)).toMatchObject({
      verdict: 'reject',
      agreement: 0.6,
    });
  });

  test('fewer than two valid verdicts are no quorum', async ({ stage }) => {
    const lines = { checker_1: [APPROVE], checker_2: [ABSTAIN], checker_3: [refused] };

    const ending = await endingOf(await stage.play(plan(), { lines, ...given }));

    expect(ending).toMatchObject({ state: 'failed', code: 'no_quorum' });
    expect(ending).toHaveProperty(
      'message',
      expect.stringContaining('checker_3 (model_refused)') as unknown,
    );
  });

  test('a failed seat is no vote, and two that are left are enough', async ({ stage }) => {
    const lines = { checker_1: [REJECT], checker_2: [REJECT], checker_3: [refused] };

    const outcome = await outcomeAs('crosscheck', await stage.play(plan(), { lines, ...given }));

    expect(outcome).toMatchObject({ verdict: 'reject', agreement: 1 });
  });

  test('the end of the budget is the end', async ({ stage }) => {
    const lines = { checker_1: [APPROVE], checker_2: [APPROVE], checker_3: [unpaid] };

    const ending = await endingOf(await stage.play(plan(), { lines, ...given }));

    expect(ending).toMatchObject({ state: 'failed', code: 'budget_exhausted' });
  });

  test('first_agree takes the first two that agree, and cancels the rest', async ({ stage }) => {
    const lines = {
      checker_1: [held(APPROVE)],
      checker_2: [REJECT],
      checker_3: [REJECT],
      checker_4: [held(APPROVE)],
    };

    const play = await stage.play(plan({ consensusMethod: 'first_agree' }), { lines, ...given });

    expect(await outcomeAs('crosscheck', play)).toMatchObject({
      verdict: 'reject',
      votes: [{ slot: 'checker_2' }, { slot: 'checker_3' }],
    });
    expect(play.rows.cancelled.toSorted((a, b) => a - b)).toEqual([1, 4]);
  });
});

describe('a mediator', () => {
  test('decides under its own method', async ({ stage }) => {
    const lines = { checker_1: [APPROVE], checker_2: [APPROVE], mediator: [REJECT] };

    const play = await stage.play(plan({ consensusMethod: 'mediator' }, { mediator: true }), {
      lines,
      ...given,
    });

    expect(await outcomeAs('crosscheck', play)).toMatchObject({
      verdict: 'reject',
      decidedBy: 'mediator',
      converged: true,
      mediatorSequence: 3,
    });
    expect(play.rows.asked[2]).toMatchObject({
      ask: { kind: 'rule', round: 1 },
      hears: { before: 3, rounds: { from: 1, to: 1 }, data: true },
    });
  });

  test('decides a tie, which is no consensus, and is not asked where there is none', async ({
    stage,
  }) => {
    const mediated = plan({}, { mediator: true });
    const tie = { checker_1: [APPROVE], checker_2: [REJECT], mediator: [APPROVE] };
    const agreed = { checker_1: [REJECT], checker_2: [REJECT], mediator: [] };

    const [broken, clear] = await Promise.all([
      stage.play(mediated, { lines: tie, ...given }),
      stage.play(mediated, { lines: agreed, ...given }),
    ]);

    expect(await outcomeAs('crosscheck', broken)).toMatchObject({
      verdict: 'approve',
      method: 'mediator',
      converged: false,
    });
    expect(await outcomeAs('crosscheck', clear)).toMatchObject({ decidedBy: 'method' });
  });

  test('that gives no answer leaves it undecided', async ({ stage }) => {
    const lines = { checker_1: [APPROVE], checker_2: [APPROVE], mediator: [refused] };

    const play = await stage.play(plan({ consensusMethod: 'mediator' }, { mediator: true }), {
      lines,
      ...given,
    });

    expect(await outcomeAs('crosscheck', play)).toMatchObject({ verdict: null, decidedBy: null });
  });
});

describe('a producer', () => {
  test('makes the artifact, mends it after the findings, and is checked again', async ({
    stage,
  }) => {
    const lines = {
      producer: [TEXT, TEXT],
      checker_1: [REJECT, APPROVE],
      checker_2: [REJECT, APPROVE],
    };

    const play = await stage.play(plan({ maxRevisions: 2 }, { producer: true }), { lines });

    expect(await outcomeAs('crosscheck', play)).toMatchObject({
      verdict: 'approve',
      rounds: 2,
      artifactSequence: 4,
      votes: [{ sequence: 5 }, { sequence: 6 }],
    });
    const asked = play.rows.asked;
    expect(asked.map(({ slot, round, sequence, hears }) => [slot, round, sequence, hears])).toEqual(
      [
        ['producer', 1, 1, { before: 1, rounds: { from: 0, to: 0 }, data: true }],
        ['checker_1', 1, 2, { before: 2, sequences: [1], data: true }],
        ['checker_2', 1, 3, { before: 2, sequences: [1], data: true }],
        ['producer', 2, 4, { before: 4, rounds: { from: 1, to: 1 }, data: true }],
        ['checker_1', 2, 5, { before: 5, sequences: [2, 4], data: true }],
        ['checker_2', 2, 6, { before: 5, sequences: [3, 4], data: true }],
      ],
    );
  });

  test('only mends an artifact that was given, as often as may be, then it stays rejected', async ({
    stage,
  }) => {
    const lines = {
      producer: [TEXT],
      checker_1: [REJECT, REJECT],
      checker_2: [REJECT, REJECT],
    };

    const play = await stage.play(plan({ maxRevisions: 1 }, { producer: true }), {
      lines,
      ...given,
    });

    expect(await outcomeAs('crosscheck', play)).toMatchObject({
      verdict: 'reject',
      rounds: 2,
      artifactSequence: 3,
    });
    const first = play.rows.asked.find(({ slot }) => slot === 'checker_1');
    expect(first).toMatchObject({ hears: { sequences: [] } });
  });

  test('revises after a tie; the mediator is asked only after the last round', async ({
    stage,
  }) => {
    const lines = {
      producer: [TEXT],
      checker_1: [REJECT, REJECT],
      checker_2: [APPROVE, APPROVE],
      mediator: [APPROVE],
    };
    const both = plan({ maxRevisions: 1 }, { producer: true, mediator: true });

    const outcome = await outcomeAs('crosscheck', await stage.play(both, { lines, ...given }));

    expect(outcome).toMatchObject({ verdict: 'approve', rounds: 2, decidedBy: 'mediator' });
  });

  test('without revisions is not asked again', async ({ stage }) => {
    const lines = { producer: [TEXT], checker_1: [REJECT], checker_2: [REJECT] };

    const outcome = await outcomeAs(
      'crosscheck',
      await stage.play(plan({ maxRevisions: 0 }, { producer: true }), { lines }),
    );

    expect(outcome).toMatchObject({ verdict: 'reject', rounds: 1, artifactSequence: 1 });
  });

  test('that gives no answer ends the execution, and says why', async ({ stage }) => {
    const lines = { producer: [refused], checker_1: [], checker_2: [] };

    const ending = await endingOf(await stage.play(plan({}, { producer: true }), { lines }));

    expect(ending).toMatchObject({ state: 'failed', code: 'model_refused' });
  });
});
