import { ApplicationFailure } from '@temporalio/common';
import { playPipeline } from '../workflows/pipeline-plays.ts';
import type { Performance, Stage } from '../workflows/stage.ts';

/** Performs one execution to its end. */
type Scene = (stage: Stage) => Promise<Performance>;

const another = { anotherRound: true } as const;
const fails = { fails: 'model_unavailable' } as const;
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
    while (play.rows.asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    await play.handle.cancel();
    return play;
  },
  pipeline: (stage) =>
    playPipeline(stage, { lines: { draft: [fails, 'a'], review: ['b'], publish: ['c'] } }),
  'pipeline-stage-failed': (stage) =>
    playPipeline(stage, {
      lines: { draft: ['a'], review: [fails, fails] },
      config: { maxStageRetries: 1 },
    }),
  'compound-sequence': (stage) =>
    stage.compound({ compositionType: 'sequential', children: { first: 'a', second: 'b' } }),
  'compound-parallel-synthesis': (stage) =>
    stage.compound({
      compositionType: 'parallel',
      aggregationMethod: 'synthesis',
      children: { one: 'a', two: fails, three: 'c' },
      synthesizer: 'All.',
    }),
  'compound-condition': (stage) =>
    stage.compound({
      compositionType: 'conditional',
      children: { triage: 'a', bug: 'b', other: 'c' },
      steps: 1,
      branch: 'other',
    }),
  'compound-child-failed': (stage) =>
    stage.compound({ compositionType: 'sequential', children: { first: fails, second: 'b' } }),
  'compound-cancelled': async (stage) => {
    const play = await stage.compound({
      compositionType: 'parallel',
      children: { one: held, two: held },
    });
    const begun = () => [...play.rows.children.values()].flatMap(({ rows }) => rows.asked).length;
    while (begun() < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    await play.handle.cancel();
    return play;
  },
};

/** Performed on a server that suggests to continue as new after every round. */
export const LONG_SCENE: Scene = (stage) =>
  stage.debate({ lines: { debater_1: [0, 1], debater_2: [1, 1] } });
