import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { ChainResume, Closed, ExecutionRequest } from '../contract/executions.ts';
import type { ChainOutcome } from '../contract/outcomes.ts';
import { askOf } from '../domain/chain/asks.ts';
import { chainOutcome } from '../domain/chain/chain-outcome.ts';
import { mostChainRounds, rankSlots } from '../domain/chain/levels.ts';
import { nextSteps } from '../domain/chain/next-steps.ts';
import { takeResults } from '../domain/chain/take-results.ts';
import { type ChainTask, wholeTask } from '../domain/chain/tasks.ts';
import { type Ready, execute } from '../support/execute.ts';
import { turnFailed } from '../support/failures.ts';
import type { Floor } from '../support/floor.ts';
import { nextRun } from '../support/next-run.ts';
import { openWaves } from '../support/waves.ts';

/**
 * A chain of command. The top splits the task for the next level, that for the one below, down to whoever does the
 * work. Reports come back up: one that is not sure enough gets guidance and is done again, and is then taken over by
 * its superior; so is the part of a seat that failed. Superiors merge what came back; the top's report is the answer.
 * In each round everything is done that can be done; the next begins when all of it has ended.
 */
export async function chain(request: ExecutionRequest): Promise<Closed | null> {
  return execute(request, 'chain', command);
}

async function command({ config, seats }: Ready<'chain'>, floor: Floor): Promise<ChainOutcome> {
  const ranks = rankSlots(
    config.authorityLevels,
    seats.map(({ slot }) => slot),
  );
  const last = resumed(floor.request);
  const waves = openWaves(floor, seats, mostChainRounds(config), last?.held);
  let tasks = last?.tasks ?? [wholeTask(ranks[0]![0]!)];

  for (;;) {
    const steps = nextSteps(tasks, config);
    if (steps.length === 0) break;
    const turns = steps.map((step) => ({ slot: step.slot, ask: askOf(tasks, step, ranks) }));
    tasks = takeResults(tasks, steps, await waves.hold(turns), ranks);
    const { slot, failure } = tasks[0]!;
    if (failure !== null) throw turnFailed(`The top (${slot})`, failure);
    if (workflowInfo().continueAsNewSuggested) await goOn(floor, tasks, waves.held());
  }
  return chainOutcome(tasks, waves.held(), config.escalationThreshold);
}

const resumed = ({ resume }: ExecutionRequest): ChainResume | undefined =>
  resume && 'tasks' in resume ? resume : undefined;

/** Goes on in a new run, whose history is empty; the round to come is its first. */
async function goOn(floor: Floor, tasks: readonly ChainTask[], held: number): Promise<never> {
  const resume: ChainResume = { held, nextSequence: floor.nextSequence(), tasks };
  return continueAsNew<typeof chain>(nextRun(floor.request, resume));
}
