import {
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  isCancellation,
  log,
} from '@temporalio/workflow';
import type { Ending, ExecutionRequest, Prepared } from '../contract/executions.ts';
import type { Outcome } from '../contract/outcomes.ts';
import type { Piece } from '../contract/turns.ts';
import type { ExecutionWorkflow } from '../contract/names.ts';
import { beforeDeadline } from './deadline.ts';
import { failureCode } from './failures.ts';
import { type Floor, openFloor } from './floor.ts';
import { closeExecution, prepareExecution } from './records.ts';
import { showState } from './search-attributes.ts';

/** A prepared execution of one workflow type. */
export type Ready<Type extends ExecutionWorkflow> = Extract<Prepared, { workflow: Type }>;

/**
 * The frame of every execution: prepares the rows, tells the story, and writes its ending, whatever the ending is.
 * The workflow then ends in Temporal as it did in the database. Where the request says what there is to know, the story
 * begins while the rows are prepared, which saves a first turn the way there and back.
 */
export async function execute<Type extends ExecutionWorkflow>(
  request: ExecutionRequest,
  type: Type,
  story: (prepared: Ready<Type>, floor: Floor) => Promise<Outcome>,
): Promise<void> {
  const { ownerId, executionId, deadline } = request;
  const floor = openFloor(request, type);
  const preparing = prepareExecution({ ownerId, executionId });
  preparing.catch(() => {}); // whoever awaits it is told
  try {
    const prepared = request.prepared ?? (await preparing);
    if (prepared.status === 'closed') return;
    if (!isOfType(prepared, type)) throw startedAs(type, prepared.workflow);
    showState('running', request, type);
    const outcome = await beforeDeadline(deadline, () => story(prepared, floor));
    if ((await preparing).status === 'closed') return;
    await close(request, type, { state: 'completed', outcome });
  } catch (error) {
    await Promise.allSettled([preparing]); // also what fails has run before
    if (error instanceof ContinueAsNew) throw error;
    await close(request, type, endingOf(error));
    throw asTemporalFailure(error);
  }
}

/** Also a cancelled workflow writes its ending, and one that is being written is not cancelled any more. */
async function close(
  request: ExecutionRequest,
  type: ExecutionWorkflow,
  ending: Ending,
): Promise<void> {
  const { ownerId, executionId } = request;
  await CancellationScope.nonCancellable(() => closeExecution({ ownerId, executionId, ending }));
  showState(ending.state, request, type);
}

const isOfType = <Type extends ExecutionWorkflow>(
  prepared: Prepared,
  type: Type,
): prepared is Ready<Type> => prepared.status === 'ready' && prepared.workflow === type;

const startedAs = (type: string, defined: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `The execution is defined as ${defined} but was started as ${type}; start it again.`,
    'internal',
  );

const INTERNAL =
  'An internal error ended the execution; its workflow in Temporal says more. Start it again.';

function endingOf(error: unknown): Ending {
  if (isCancellation(error)) return { state: 'cancelled' };
  const code = error instanceof ApplicationFailure ? failureCode(error.type) : undefined;
  if (code !== undefined) {
    const { message, details } = error as ApplicationFailure;
    const piece = details?.[0] as Piece | undefined;
    return { state: 'failed', code, message, ...(piece && { piece }) };
  }
  log.error('a story ended with an unexpected error', { error });
  return { state: 'failed', code: 'internal', message: INTERNAL };
}

/** A plain error would stall the workflow task for ever; as a failure of Temporal's it ends the run. */
function asTemporalFailure(error: unknown): unknown {
  if (isCancellation(error) || error instanceof ApplicationFailure) return error;
  return ApplicationFailure.create({
    type: 'internal',
    message: INTERNAL,
    nonRetryable: true,
    ...(error instanceof Error && { cause: error }),
  });
}
