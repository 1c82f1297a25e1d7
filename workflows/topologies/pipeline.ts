import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { FailureCode } from '../contract/errors.ts';
import type {
  Closed,
  ExecutionRequest,
  PipelineResume,
  PreparedSeat,
} from '../contract/executions.ts';
import type { PipelineOutcome, StageDone } from '../contract/outcomes.ts';
import type { PipelineConfig } from '../contract/topologies.schema.ts';
import { type Ready, execute } from '../support/execute.ts';
import { turnFailed } from '../support/failures.ts';
import type { Floor } from '../support/floor.ts';
import { nextRun } from '../support/next-run.ts';

/**
 * A pipeline: stages in order, each hears the input and what the one before it made. A stage that fails is tried again;
 * when it fails for good, so does the pipeline.
 */
export async function pipeline(request: ExecutionRequest): Promise<Closed | null> {
  return execute(request, 'pipeline', goThrough);
}

async function goThrough(prepared: Ready<'pipeline'>, floor: Floor): Promise<PipelineOutcome> {
  const { config, seats } = prepared;
  const done = [...resumed(floor.request)];

  while (done.length < config.stages.length) {
    const slot = config.stages[done.length]!;
    await floor.enter(done.length + 1, config.stages.length, slot);
    const seat = seats.find((each) => each.slot === slot)!;
    done.push(await doStage(floor, config, seat, done));
    const isOver = done.length === config.stages.length;
    if (!isOver && workflowInfo().continueAsNewSuggested) await goOn(floor, done);
  }

  return { kind: 'pipeline', stages: done };
}

/** Has a stage done, with a new number for each attempt. Throws when none is left. */
async function doStage(
  floor: Floor,
  config: PipelineConfig,
  seat: PreparedSeat,
  done: readonly StageDone[],
): Promise<StageDone> {
  const { slot } = seat;
  const stage = done.length + 1;
  const before = done.at(-1);
  const most = 1 + (config.retryFailedStages ? config.maxStageRetries : 0);
  for (let attempts = 1; ; attempts++) {
    const sequence = floor.nextSequence();
    const result = await floor.take({
      seat,
      round: stage,
      sequence,
      ask: {
        kind: 'stage',
        stage,
        stages: config.stages.length,
        checkpoint: config.checkpointAfter.includes(slot),
      },
      hears: { before: sequence, sequences: before ? [before.sequence] : [] },
    });
    if (result.status === 'spoken') return { slot, sequence, attempts };
    // What is spent is spent: another attempt finds no more room than this one.
    if (attempts === most || result.code === 'budget_exhausted')
      throw stageFailed(slot, attempts, result.code);
  }
}

const stageFailed = (slot: string, attempts: number, code: FailureCode) =>
  turnFailed(`Stage "${slot}"${attempts === 1 ? '' : `, tried ${attempts} times,`}`, code);

const resumed = ({ resume }: ExecutionRequest): readonly StageDone[] =>
  resume && 'stages' in resume ? resume.stages : [];

/** Goes on in a new run, whose history is empty. */
async function goOn(floor: Floor, stages: readonly StageDone[]): Promise<never> {
  const resume: PipelineResume = { nextSequence: floor.nextSequence(), stages };
  return continueAsNew<typeof pipeline>(nextRun(floor.request, resume));
}
