import { ApplicationFailure } from '@temporalio/common';
import { pauseSignal, respondSignal, resumeSignal } from '../../workflows/contract/messages.ts';
import type { Performance, Stage } from '../workflows/stage.ts';

/** Performs one execution to its end. */
type Scene = (stage: Stage) => Promise<Performance>;

const another = { anotherRound: true } as const;
const held = { option: 0, held: true } as const;

/** What is recorded: each way through the workflows, by the name of its history. */
export const SCENES: Readonly<Record<string, Scene>> = {
  'solo-agent': (stage) => stage.solo({ option: null }),
  'solo-agent-failed': (stage) => stage.solo({ fails: 'model_refused' }),
  'debate-rounds': (stage) =>
    stage.debate({ lines: { debater_1: [0, 1], debater_2: [1, 1], debater_3: [2, 1] } }),
  'debate-mediator': (stage) =>
    stage.debate({
      lines: { debater_1: [0, 0], debater_2: [1, 1], mediator: [another, 2] },
      config: { consensusMethod: 'mediator' },
    }),
  'debate-undecided': (stage) =>
    stage.debate({ lines: { debater_1: [0], debater_2: [1] }, config: { maxRounds: 1 } }),
  'debate-free-text-judged': (stage) =>
    stage.debate({
      lines: {
        debater_1: ['Go', 'Go'],
        debater_2: ['Stay', 'Leave'],
        mediator: [{ groups: [0, 1] }, { groups: [0, 0] }],
      },
      optionCount: 0,
    }),
  'debate-free-text': (stage) =>
    stage.debate({ lines: { debater_1: ['Go'], debater_2: ['go!'] }, optionCount: 0 }),
  'debate-first-agree': (stage) =>
    stage.debate({
      lines: { debater_1: [held], debater_2: [1], debater_3: [1] },
      config: { consensusMethod: 'first_agree' },
    }),
  'debate-no-quorum': (stage) =>
    stage.debate({ lines: { debater_1: [0], debater_2: [{ fails: 'invalid_output' }] } }),
  'debate-turn-given-up': (stage) =>
    stage.debate({
      lines: {
        debater_1: [0],
        debater_2: [{ throws: ApplicationFailure.nonRetryable('no', 'model_unavailable') }],
        debater_3: [0],
      },
    }),
  'debate-deadline': (stage) =>
    stage.debate({
      lines: { debater_1: [0], debater_2: [held] },
      request: { deadline: new Date(Date.now() + 1_000).toISOString() },
    }),
  'debate-cancelled': async (stage) => {
    const play = await stage.debate({ lines: { debater_1: [held], debater_2: [held] } });
    await until(() => play.rows.asked.length === 2);
    await play.handle.cancel();
    return play;
  },
  'debate-gates': async (stage) => {
    const gates = ['start', 'round:2', 'completion'] as const;
    const play = await stage.debate({ lines: { debater_1: [0, 1], debater_2: [1, 1] }, gates });
    return answered(play, [
      { state: 'decided', decision: 'approve' },
      { state: 'decided', decision: 'answer' },
      { state: 'decided', decision: 'edit' },
    ]);
  },
  'debate-gate-rejected': async (stage) => {
    const lines = { debater_1: [0], debater_2: [0] };
    const play = await stage.debate({ lines, gates: ['completion'] });
    return answered(play, [{ state: 'decided', decision: 'reject' }]);
  },
  'debate-gate-expired': async (stage) => {
    const play = await stage.debate({
      lines: { debater_1: [0], debater_2: [0] },
      gates: ['start'],
    });
    play.rows.standings.set(0, { state: 'waiting', dueMs: 200 });
    await until(() => play.rows.looks > 0);
    play.rows.standings.set(0, { state: 'expired', action: 'fail' });
    return play;
  },
  'debate-gate-cancelled': async (stage) => {
    const play = await stage.debate({
      lines: { debater_1: [0], debater_2: [0] },
      gates: ['start'],
    });
    await until(() => play.rows.opened.length > 0);
    await play.handle.cancel();
    return play;
  },
  'debate-paused': async (stage) => {
    const play = await stage.debate({ lines: { debater_1: [held, 1], debater_2: [1, 1] } });
    await until(() => play.rows.asked.length === 2);
    await play.handle.signal(pauseSignal, { userId: 'u1' });
    await until(() => play.rows.pauses.length === 1);
    play.rows.release('debater_1');
    await play.handle.signal(resumeSignal, { userId: 'u1' });
    return play;
  },
};

/** Waits until something has come about in a play. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 50));
}

type Decided = Parameters<Performance['rows']['standings']['set']>[1];

/** Opens as many gates as there are answers, and gives each its own. */
async function answered(play: Performance, answers: readonly Decided[]): Promise<Performance> {
  for (const [gate, answer] of answers.entries()) {
    await until(() => play.rows.opened.length > gate);
    play.rows.standings.set(gate, answer);
    await play.handle.signal(respondSignal, { interactionId: `interaction-${gate}` });
  }
  return play;
}

/** Performed on a server that suggests to continue as new after every round. */
export const LONG_SCENE: Scene = (stage) =>
  stage.debate({ lines: { debater_1: [0, 1], debater_2: [1, 1] } });
