import { ApplicationFailure } from '@temporalio/common';
import { expect } from 'vitest';
import { test } from './fixtures.ts';
import { endingOf, outcomeOf } from './stage.ts';

const broke = { fails: 'budget_exhausted' } as const;
const refused = { fails: 'model_refused' } as const;

test('a failed seat is no vote, and the others go on', async ({ stage }) => {
  const lines = { debater_1: [0], debater_2: [refused], debater_3: [0] };

  const outcome = await outcomeOf(await stage.debate({ lines }));

  expect(outcome).toMatchObject({ position: 0, agreement: 1, rounds: 1 });
  expect(outcome.votes.map(({ slot }) => slot)).toEqual(['debater_1', 'debater_3']);
});

test('fewer than two valid votes are no quorum', async ({ stage }) => {
  const lines = { debater_1: [0], debater_2: [refused], debater_3: [{ abstained: true as const }] };

  const play = await stage.debate({ lines });

  await expect(play.handle.result()).rejects.toMatchObject({ cause: { type: 'no_quorum' } });
  expect(await endingOf(play)).toMatchObject({
    state: 'failed',
    code: 'no_quorum',
    message: expect.stringContaining('Round 1 brought 1 valid vote,'),
  });
});

test('when the budget ends the method decides on the last full round', async ({ stage }) => {
  const lines = { debater_1: [0, 1], debater_2: [0, broke], debater_3: [1, 1] };
  const config = { convergenceThreshold: 0.9 };

  const outcome = await outcomeOf(await stage.debate({ lines, config }));

  expect(outcome).toMatchObject({ rounds: 1, position: 0, decidedBy: 'method', converged: true });
  expect(outcome.budgetEnded).toBe(true);
  expect(outcome.votes.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

test('when the budget ends without a decision the mediator is asked about the full rounds', async ({
  stage,
}) => {
  const lines = { debater_1: [0, broke], debater_2: [1, broke], mediator: [1] };

  const play = await stage.debate({ lines });

  expect(await outcomeOf(play)).toMatchObject({ rounds: 1, position: 1, converged: false });
  expect(play.rows.asked.at(-1)).toMatchObject({
    ask: { kind: 'mediate', round: 1, mayContinue: false },
    hears: { rounds: { from: 1, to: 1 } },
  });
});

test('a budget that ends in the first round fails the debate', async ({ stage }) => {
  const lines = { debater_1: [0], debater_2: [broke], debater_3: [0] };

  const ending = await endingOf(await stage.debate({ lines }));

  expect(ending).toMatchObject({ state: 'failed', code: 'budget_exhausted' });
});

test.for([
  { throws: 'invalid_output', code: 'invalid_output' },
  { throws: 'something_new', code: 'internal' },
])(
  'a turn that Temporal gives up with $throws is recorded as $code',
  async ({ throws, code }, { stage }) => {
    const given = { throws: ApplicationFailure.nonRetryable('no', throws) };
    const lines = { debater_1: [0], debater_2: [given], debater_3: [0] };

    const play = await stage.debate({ lines });

    expect(await outcomeOf(play)).toMatchObject({ position: 0, rounds: 1 });
    expect(play.rows.recordedFailures).toEqual([{ sequence: 2, code }]);
  },
);

test('an execution whose row has ended is left alone', async ({ stage }) => {
  const play = await stage.debate({ lines: {}, prepared: { status: 'closed' } });

  await play.handle.result();

  expect(play.rows.endings).toEqual([]);
  expect(play.rows.asked).toEqual([]);
});

test('a start under the wrong type fails instead of stalling', async ({ stage }) => {
  const seats = [{ agentExecutionId: 'a', slot: 'agent', weight: 1, timeoutMs: 1_000 }];
  const common = { status: 'ready', seats, optionCount: 0 } as const;
  const prepared = { ...common, workflow: 'soloAgent', config: {} } as const;

  const ending = await endingOf(await stage.debate({ lines: {}, prepared }));

  expect(ending).toMatchObject({ state: 'failed', code: 'internal' });
});

test('a bug in the story ends the execution instead of stalling its task', async ({ stage }) => {
  // A debate without debaters cannot be accepted; if it came here all the same, the story would trip.
  const play = await stage.debate({ lines: {} });

  await expect(play.handle.result()).rejects.toMatchObject({ cause: { type: 'internal' } });
  expect(await endingOf(play)).toMatchObject({ state: 'failed', code: 'internal' });
});
