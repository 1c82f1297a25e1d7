import { expect, inject, onTestFinished, test } from 'vitest';
import { interjectSignal } from '../../workflows/contract/messages.ts';
import { quietTemporal } from '../support/quiet.ts';
import { LONG_CHAIN } from '../replay/scenes.ts';
import { AFTER_EVERY_ROUND, startOwnServer } from './own-server.ts';
import { endingOf, openStage, outcomeOf } from './stage.ts';

test('a long debate goes on in new runs, with the same numbers and the last votes', async () => {
  quietTemporal();
  const server = await startOwnServer(AFTER_EVERY_ROUND);
  onTestFinished(() => server.teardown());
  const codePath = inject('workflowBundlePath');
  const stage = await openStage(server, { workflowBundle: { codePath } });
  onTestFinished(() => stage.close());
  const broke = { fails: 'budget_exhausted' } as const;

  const play = await stage.debate({
    lines: { debater_1: [0, 1, broke], debater_2: [1, 1, 1], debater_3: [2, 0, 0] },
    config: { convergenceThreshold: 0.9 },
    request: { title: 'Long' },
  });

  const { firstExecutionRunId } = play.handle;
  const outcome = await outcomeOf(play);
  // The budget ends in round 3: decided on votes that came over from the run before.
  expect(outcome).toMatchObject({ rounds: 2, position: 1, decidedBy: 'method' });
  expect(outcome.votes.map(({ sequence }) => sequence)).toEqual([4, 5, 6]);
  const sequences = play.rows.asked.map(({ sequence }) => sequence);
  expect(sequences).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const last = await play.handle.describe();
  expect(last.runId).not.toBe(firstExecutionRunId);
  expect(last.searchAttributes['ConclaveState']).toEqual(['completed']);
}, 40_000);

test('a long chain goes on in new runs, with the same numbers and every task as it was', async () => {
  quietTemporal();
  const server = await startOwnServer(AFTER_EVERY_ROUND);
  onTestFinished(() => server.teardown());
  const codePath = inject('workflowBundlePath');
  const stage = await openStage(server, { workflowBundle: { codePath } });
  onTestFinished(() => stage.close());

  const play = await stage.chain(LONG_CHAIN);

  const { firstExecutionRunId } = play.handle;
  expect(await endingOf(play)).toMatchObject({
    state: 'completed',
    outcome: { sequence: 6, rounds: 5, pieces: [{ status: 'redone', report: 5 }, { report: 3 }] },
  });
  const asked = play.rows.asked.map(({ sequence, round }) => [sequence, round]);
  expect(asked).toEqual([1, 2, 2, 3, 4, 5].map((round, i) => [i + 1, round]));
  expect((await play.handle.describe()).runId).not.toBe(firstExecutionRunId);
}, 40_000);

test('what a person says in a run that is about to end is heard in the next one', async () => {
  quietTemporal();
  const server = await startOwnServer(AFTER_EVERY_ROUND);
  onTestFinished(() => server.teardown());
  const codePath = inject('workflowBundlePath');
  const stage = await openStage(server, { workflowBundle: { codePath } });
  onTestFinished(() => stage.close());

  const play = await stage.debate({
    lines: { debater_1: [{ option: 0, held: true }, 1], debater_2: [1, 1] },
    isTold: true,
  });
  await expect.poll(() => play.rows.asked.length).toBe(2);
  play.rows.waiting = 1;
  await play.handle.signal(interjectSignal);
  play.rows.release('debater_1');
  await outcomeOf(play);

  const sequences = play.rows.asked.map(({ sequence }) => sequence);
  expect(sequences).toEqual([1, 2, 4, 5]);
  expect(play.rows.placings).toMatchObject([{ round: 2, from: 3 }]);
}, 40_000);
