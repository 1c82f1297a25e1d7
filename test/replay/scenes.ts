import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { interjectSignal, respondSignal } from '../../workflows/contract/messages.ts';
import { playPipeline } from '../workflows/pipeline-plays.ts';
import type { ChainPlay, Stage } from '../workflows/stage.ts';
import { DISTURBED_SCENES } from './disturbed-scenes.ts';
import { answered, until } from './people.ts';
import {
  CROSSCHECK,
  ENSEMBLE,
  SYNTHESIS,
  type Scene,
  TWO_LEVELS,
  held,
  route,
  sure,
  text,
} from './plays.ts';

const another = { anotherRound: true } as const;
const fails = { fails: 'model_unavailable' } as const;

/** What is recorded: each way through the workflows, by the name of its history. */
export const SCENES: Readonly<Record<string, Scene>> = {
  'solo-agent': (stage) => stage.solo({ option: null }),
  'solo-agent-failed': (stage) => stage.solo({ fails: 'model_refused' }),
  'solo-agent-told': (stage) => stage.solo({ option: null }, { isTold: true }),
  'debate-rounds': (stage) =>
    stage.debate({ lines: { debater_1: [0, 1], debater_2: [1, 1], debater_3: [2, 1] } }),
  'debate-told': (stage) =>
    stage.debate({ lines: { debater_1: [0, 1], debater_2: [1, 1] }, isTold: true }),
  'debate-told-failed': (stage) =>
    stage.debate({
      lines: { debater_1: [0], debater_2: [{ fails: 'invalid_output' }] },
      isTold: true,
    }),
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
  'debate-interjected': async (stage) => {
    const play = await stage.debate({
      lines: { debater_1: [held, 1], debater_2: [1, 1], debater_3: [2, 1] },
    });
    await until(() => play.rows.asked.length === 3);
    play.rows.waiting = 2;
    await play.handle.signal(interjectSignal);
    play.rows.release('debater_1');
    return play;
  },
  'debate-forked': (stage) =>
    stage.debate({
      lines: { debater_1: [0, 1], debater_2: [1, 1], debater_3: [2, 1] },
      interjections: { placed: [4], waiting: true },
    }),
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
  'debate-asks-people': async (stage) => {
    const play = await stage.debate({
      lines: { debater_1: [{ option: 0, asks: 2 }], debater_2: [{ option: 0, asks: 1 }] },
    });
    for (const callId of ['1/0', '2/0', '1/1']) {
      await until(() => play.rows.questions.includes(callId));
      play.rows.answers.set(callId, { state: 'decided', decision: 'answer' });
      await play.handle.signal(respondSignal, { interactionId: callId });
    }
    return play;
  },
  'debate-question-withdrawn': async (stage) => {
    const play = await stage.debate({
      lines: { debater_1: [{ option: 1, asks: 1 }], debater_2: [0], debater_3: [held] },
      config: { consensusMethod: 'first_agree' },
    });
    await until(() => play.rows.questions.length > 0);
    play.rows.release('debater_3');
    return play;
  },
  'crosscheck-revised': (stage) =>
    stage.play(CROSSCHECK, {
      lines: { producer: [text, text], checker_1: [1, 0], checker_2: [1, 0] },
    }),
  'crosscheck-mediated': (stage) =>
    stage.play(
      { ...CROSSCHECK, mediatorSlot: 'mediator' },
      {
        lines: { producer: [text], checker_1: [1, 1], checker_2: [0, 0], mediator: [0] },
        hasArtifact: true,
      },
    ),
  'crosscheck-first-agree': (stage) =>
    stage.play(
      {
        ...CROSSCHECK,
        producerSlot: null,
        config: { ...CROSSCHECK.config, consensusMethod: 'first_agree' },
      },
      { lines: { checker_1: [held], checker_2: [1], checker_3: [1] }, hasArtifact: true },
    ),
  'crosscheck-no-quorum': (stage) =>
    stage.play(CROSSCHECK, {
      lines: { producer: [text], checker_1: [0], checker_2: [{ fails: 'model_refused' }] },
    }),
  'ensemble-vote': (stage) =>
    stage.play(ENSEMBLE, {
      lines: { member_1: [0], member_2: [{ fails: 'model_refused' }], member_3: [1] },
      optionCount: 2,
    }),
  'ensemble-synthesis': (stage) =>
    stage.play(SYNTHESIS, { lines: { member_1: [text], member_2: [text], synthesizer: [text] } }),
  'ensemble-too-many-failures': (stage) =>
    stage.play(ENSEMBLE, { lines: { member_1: [{ fails: 'model_refused' }] } }),
  'chain-three-levels': (stage) =>
    stage.chain({
      lines: {
        commander: [{ parts: [0, 1] }, sure],
        lieutenant_1: [{ parts: [null, 0] }, sure],
        lieutenant_2: [{ parts: [] }, sure],
        worker: [sure, sure],
      },
    }),
  'chain-escalated': (stage) =>
    stage.chain({
      lines: {
        chief: [{ parts: [0, 1] }, {}, sure, sure, { confidence: 0.1 }],
        worker_1: [{ confidence: 0.1 }, { confidence: 0.2 }],
        worker_2: [{ fails: 'model_refused' }],
      },
      config: TWO_LEVELS,
    }),
  'chain-failed': (stage) =>
    stage.chain({
      lines: { chief: [{ parts: [0] }, { fails: 'model_refused' }], worker: [sure] },
      config: TWO_LEVELS,
    }),
  'delegation-planned': (stage) =>
    stage.delegation({
      lines: {
        coordinator: [{ parts: [null, null] }, sure],
        specialist_1: [sure, { fails: 'model_refused' }],
        specialist_2: [{ fails: 'model_refused' }],
        fallback: [sure],
      },
      routes: [route('specialist_1'), route('specialist_1', 'specialist_2', 'fallback')],
      tellsNoRoutes: true,
    }),
  'delegation-told': (stage) =>
    stage.delegation({
      lines: { coordinator: [{ parts: [null, null] }, sure], specialist_1: [sure, sure] },
      routes: [route('specialist_1'), route('specialist_1')],
    }),
  'delegation-told-items': (stage) =>
    stage.delegation({
      lines: { coordinator: [sure], specialist_1: [sure] },
      routes: [route('specialist_1')],
      itemCount: 1,
    }),
  'delegation-items': (stage) =>
    stage.delegation({
      lines: { coordinator: [sure], specialist_1: [sure] },
      routes: [route('specialist_1')],
      itemCount: 1,
      tellsNoRoutes: true,
    }),
  'delegation-incapable': (stage) =>
    stage.delegation({
      lines: { coordinator: [{ parts: [null] }], specialist_1: [] },
      routes: [{ seats: [], spare: [] }],
      tellsNoRoutes: true,
    }),
  pipeline: (stage) =>
    playPipeline(stage, { lines: { draft: [fails, 'a'], review: ['b'], publish: ['c'] } }),
  'pipeline-stage-failed': (stage) =>
    playPipeline(stage, {
      lines: { draft: ['a'], review: [fails, fails] },
      config: { maxStageRetries: 1 },
    }),
  'compound-sequence': (stage) =>
    stage.compound({ compositionType: 'sequential', children: { first: 'a', second: 'b' } }),
  'compound-told': (stage) =>
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
  'compound-gate-in-child': async (stage) => {
    const play = await stage.compound({
      compositionType: 'sequential',
      children: { first: 'a', second: 'b' },
      gated: ['first'],
    });
    const { rows } = play.rows.children.get('first')!;
    rows.standings.set(0, { state: 'waiting', dueMs: 200 });
    await until(() => rows.looks > 0);
    rows.standings.set(0, { state: 'decided', decision: 'approve' });
    return play;
  },
  ...DISTURBED_SCENES,
};

/** A chain that goes on in new runs. */
export const LONG_CHAIN: ChainPlay = {
  lines: {
    chief: [{ parts: [0, 1] }, {}, sure],
    worker_1: [{ confidence: 0.1 }, sure],
    worker_2: [sure],
  },
  config: TWO_LEVELS,
};

/** Performed on a server that suggests to continue as new after every round: the first and the last run are kept of each. */
export const LONG_SCENES: Readonly<Record<string, Scene>> = {
  'debate-continued': (stage) => stage.debate({ lines: { debater_1: [0, 1], debater_2: [1, 1] } }),
  'chain-continued': (stage) => stage.chain(LONG_CHAIN),
  'pipeline-continued': (stage) =>
    playPipeline(stage, { lines: { draft: [fails, 'a'], review: ['b'], publish: ['c'] } }),
};

/** What is not an execution: it is started by schedules, and writes no ending. */
export const CHORES: Readonly<Record<string, (stage: Stage) => Promise<WorkflowHandle>>> = {
  'start-scheduled': async (stage) => {
    const { backfill } = await stage.schedule('0 7 * * *', 'Europe/Zurich');
    const [handle] = await backfill('2026-03-29T00:00:00Z', '2026-03-30T00:00:00Z');
    return handle!;
  },
  sweep: (stage) => stage.sweep(),
};
