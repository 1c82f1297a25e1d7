import type { GatePlace } from '../../workflows/contract/gates.ts';
import { pauseSignal, resumeSignal } from '../../workflows/contract/messages.ts';
import type { ExecutionWorkflow } from '../../workflows/contract/names.ts';
import type { MemoryExecution } from '../workflows/memory-activities.ts';
import { playPipeline } from '../workflows/pipeline-plays.ts';
import type { Beginning, Performance, Stage } from '../workflows/stage.ts';
import { approved, until } from './people.ts';
import { CROSSCHECK, SYNTHESIS, type Scene, TWO_LEVELS, held, route, sure, text } from './plays.ts';

/** A play with a seat that is held in the middle of it, and speaks when it is released. */
interface HeldPlay {
  readonly perform: (stage: Stage, beginning: Beginning) => Promise<Performance>;
  readonly seat: string;
  /** The child that the seat is in, where it is not the execution's own. */
  readonly child?: string;
  /** A gate behind the held turn. Absent where a topology has neither rounds nor stages: the API refuses such gates there. */
  readonly between?: GatePlace;
}

const HELD_PLAYS: Readonly<Record<ExecutionWorkflow, HeldPlay>> = {
  soloAgent: {
    perform: (stage, beginning) => stage.solo(held, beginning),
    seat: 'agent',
  },
  debate: {
    perform: (stage, beginning) =>
      stage.debate({ lines: { debater_1: [held, 1], debater_2: [1, 1] }, ...beginning }),
    seat: 'debater_1',
    between: 'round:2',
  },
  crosscheck: {
    perform: (stage, beginning) => {
      const lines = {
        producer: [text, text],
        checker_1: [{ ...held, option: 1 }, 0],
        checker_2: [1, 0],
      };
      return stage.play(CROSSCHECK, { lines, ...beginning });
    },
    seat: 'checker_1',
    between: 'round:2',
  },
  ensemble: {
    perform: (stage, beginning) => {
      const lines = { member_1: [held], member_2: [text], synthesizer: [text] };
      return stage.play(SYNTHESIS, { lines, ...beginning });
    },
    seat: 'member_1',
  },
  chain: {
    perform: (stage, beginning) => {
      const lines = {
        chief: [{ parts: [0, 1] }, sure],
        worker_1: [{ ...sure, held: true as const }],
        worker_2: [sure],
      };
      return stage.chain({ lines, config: TWO_LEVELS, ...beginning });
    },
    seat: 'worker_1',
    between: 'round:3',
  },
  delegation: {
    perform: (stage, beginning) => {
      const lines = {
        coordinator: [{ parts: [null, null] }, sure],
        specialist_1: [{ ...sure, held: true as const }],
        specialist_2: [sure],
      };
      const routes = [route('specialist_1'), route('specialist_2')];
      return stage.delegation({ lines, routes, ...beginning });
    },
    seat: 'specialist_1',
    between: 'round:3',
  },
  pipeline: {
    perform: (stage, beginning) => {
      const lines = { draft: [held], review: ['b'], publish: ['c'] };
      return playPipeline(stage, { lines, ...beginning });
    },
    seat: 'draft',
    between: 'stage:review',
  },
  compound: {
    perform: (stage, beginning) =>
      stage.compound({
        compositionType: 'parallel',
        children: { one: held, two: 'b' },
        ...beginning,
      }),
    seat: 'agent',
    child: 'one',
  },
};

/** What can happen to any execution, by what the names of its histories end in. */
const WAYS: Readonly<Record<string, (stage: Stage, play: HeldPlay) => Promise<Performance>>> = {
  async gated(stage, play) {
    const between = play.between === undefined ? [] : [play.between];
    const gates = ['start', ...between, 'completion'] as const;
    const performance = await play.perform(stage, { isTold: true, gates });
    rowsOf(performance, play).release(play.seat);
    return approved(performance, gates.length);
  },
  async paused(stage, play) {
    const performance = await untilHeld(stage, play);
    const { handle } = performance;
    const rows = rowsOf(performance, play);
    await handle.signal(pauseSignal, { userId: 'u1' });
    await until(() => rows.pauses.length === 1);
    rows.release(play.seat);
    await until(() => isStill(handle));
    await handle.signal(resumeSignal, { userId: 'u1' });
    return performance;
  },
  async cancelled(stage, play) {
    const performance = await untilHeld(stage, play);
    await performance.handle.cancel();
    return performance;
  },
};

/** Each workflow that executes a definition, disturbed in each way. */
export const DISTURBED_SCENES: Readonly<Record<string, Scene>> = Object.fromEntries(
  Object.entries(HELD_PLAYS).flatMap(([workflow, play]) =>
    Object.entries(WAYS).map(([way, disturb]) => [
      `${kebab(workflow)}-${way}`,
      (stage: Stage) => disturb(stage, play),
    ]),
  ),
);

/** Performs a play as far as the turn that is held. */
async function untilHeld(stage: Stage, play: HeldPlay): Promise<Performance> {
  const performance = await play.perform(stage, { isTold: true });
  const rows = rowsOf(performance, play);
  await until(() => rows.asked.some(({ slot }) => slot === play.seat));
  return performance;
}

/** What was under way has ended, and the workflow has heard of it. */
async function isStill(handle: Performance['handle']): Promise<boolean> {
  const { pendingActivities, pendingWorkflowTask } = (await handle.describe()).raw;
  return !pendingActivities?.length && !pendingWorkflowTask;
}

/** The rows of the execution that the seat is in. */
const rowsOf = ({ rows }: Performance, { child }: HeldPlay): MemoryExecution =>
  child === undefined ? rows : rows.children.get(child)!.rows;

function kebab(workflow: string): string {
  return workflow.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
