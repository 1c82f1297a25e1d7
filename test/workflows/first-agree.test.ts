import { expect } from 'vitest';
import { test } from './fixtures.ts';
import { outcomeOf } from './stage.ts';

const config = { consensusMethod: 'first_agree', maxRounds: 2 } as const;
const held = (option: number) => ({ option, held: true }) as const;

test('as soon as two seats hold the same position the others are cancelled', async ({ stage }) => {
  const lines = { debater_1: [held(0)], debater_2: [1], debater_3: [1], debater_4: [held(1)] };

  const play = await stage.debate({ lines, config });

  expect(await outcomeOf(play)).toMatchObject({
    method: 'first_agree',
    decidedBy: 'method',
    converged: true,
    rounds: 1,
    position: 1,
    agreement: 1,
    votes: [{ slot: 'debater_2' }, { slot: 'debater_3' }],
  });
  expect(play.rows.cancelled.toSorted((a, b) => a - b)).toEqual([1, 4]);
  expect(play.rows.recordedFailures).toEqual([]);
});

test('a round in which all differ is followed by another', async ({ stage }) => {
  const lines = { debater_1: [0, 2], debater_2: [1, 2] };

  const outcome = await outcomeOf(await stage.debate({ lines, config }));

  expect(outcome).toMatchObject({ rounds: 2, position: 2 });
});

test('without two that agree in the last round nobody decides', async ({ stage }) => {
  const lines = { debater_1: [0, 0], debater_2: [1, 1] };

  const outcome = await outcomeOf(await stage.debate({ lines, config }));

  expect(outcome).toMatchObject({ rounds: 2, position: null, decidedBy: null, converged: false });
});

test('a failed seat does not keep two others from agreeing', async ({ stage }) => {
  const lines = {
    debater_1: [{ fails: 'budget_exhausted' as const }],
    debater_2: [0],
    debater_3: [0],
  };

  const outcome = await outcomeOf(await stage.debate({ lines, config }));

  expect(outcome).toMatchObject({ rounds: 1, position: 0 });
});

test('free text is grouped as it arrives', async ({ stage }) => {
  const lines = {
    debater_1: ['Ship it.'],
    debater_2: ['Wait'],
    debater_3: [{ held: true as const }],
    debater_4: ['ship it'],
  };

  const play = await stage.debate({ lines, config, optionCount: 0 });

  const outcome = await outcomeOf(play);
  expect(outcome).toMatchObject({ rounds: 1, converged: true });
  const agreed = outcome.votes.filter(({ position }) => position === outcome.position);
  expect(agreed.map(({ slot }) => slot)).toEqual(['debater_1', 'debater_4']);
  expect(play.rows.cancelled).toEqual([3]);
});

test('cancelling the execution while seats speak ends it as cancelled', async ({ stage }) => {
  const lines = { debater_1: [held(0)], debater_2: [1], debater_3: [held(1)] };
  const play = await stage.debate({ lines, config });
  await expect.poll(() => play.rows.asked.length).toBe(3);

  await play.handle.cancel();

  await expect(play.handle.result()).rejects.toThrow('Workflow execution cancelled');
  expect(play.rows.endings).toEqual([{ state: 'cancelled' }]);
  expect(play.rows.cancelled.toSorted((a, b) => a - b)).toEqual([1, 3]);
});

test('once two agree nobody else is asked, however many are still to come', async ({ stage }) => {
  const lines = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`debater_${i + 1}`, [i < 2 ? 1 : held(0)]]),
  );

  const play = await stage.debate({ lines, config });

  expect(await outcomeOf(play)).toMatchObject({ position: 1, votes: { length: 2 } });
  const asked = play.rows.asked.map(({ sequence }) => sequence);
  // At most 50 in flight; the two that answered may have made room for two more.
  expect(asked.length).toBeLessThanOrEqual(52);
  expect(play.rows.cancelled.toSorted((a, b) => a - b)).toEqual(
    asked.filter((sequence) => sequence > 2),
  );
});
