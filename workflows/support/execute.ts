import {
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  allHandlersFinished,
  condition,
  isCancellation,
  log,
} from '@temporalio/workflow';
import type { Closed, Ending, ExecutionRequest, Prepared } from '../contract/executions.ts';
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
 * The workflow then ends in Temporal as it did in the database, and says how; null: it had ended before. Where the request says what there is to know, the story
 * begins while the rows are prepared, which saves a first turn the way there and back.
 */
export async function execute<Type extends ExecutionWorkflow>(
  request: ExecutionRequest,
  type: Type,
  story: (prepared: Ready<Type>, floor: Floor) => Promise<Outcome>,
): Promise<Closed | null> {
  const { ownerId, executionId, deadline } = request;
  const floor = openFloor(request, type);
  let told: Told | undefined;
  let closed: Closed | null;
  const preparing = prepareExecution({ ownerId, executionId });
  preparing.catch(() => {}); // whoever awaits it is told
  try {
    const prepared = request.prepared ?? (await preparing);
    if (prepared.status === 'closed') return null;
    if (!isOfType(prepared, type)) throw startedAs(type, prepared.workflow);
    showState('running', request, type);
    floor.begin(prepared);
    // What people did before this run is known a little later.
    if (request.prepared) preparing.then((known) => floor.begin(known)).catch(() => {});
    // Whoever is asked must find an execution that has begun.
    if (prepared.gates?.length && (await preparing).status === 'closed') return null;
    await beforeDeadline(deadline, async () => {
      // Also where nothing holds it: signals that came with the start are dealt with before anything is done.
      await (request.resume ? undefined : floor.pass('start'));
      told = { outcome: await story(prepared, floor) };
      told = { ...told, ...said((await floor.pass('completion', told.outcome)) ?? []) };
    });
    if ((await preparing).status === 'closed') return null;
    closed = await close(request, type, { state: 'completed', ...told! });
  } catch (thrown) {
    await Promise.allSettled([preparing]); // also what fails has run before
    const error = await rested(thrown, () => beforeDeadline(deadline, () => floor.rest()));
    await signalsDealtWith();
    if (error instanceof ContinueAsNew) throw error;
    await close(request, type, endingOf(error, told));
    throw asTemporalFailure(error);
  }
  await signalsDealtWith();
  return closed;
}

/** What came of the story, and the interactions whose answers go into it. */
type Told = Omit<Extract<Ending, { state: 'completed' }>, 'state'>;

const said = (decided: readonly string[]) => (decided.length > 0 ? { decided } : {});

/** A paused execution goes on in a new run only when it may go on at all; what ends it meanwhile ends it here. */
async function rested(thrown: unknown, rest: () => Promise<void>): Promise<unknown> {
  if (!(thrown instanceof ContinueAsNew)) return thrown;
  try {
    await rest();
    return thrown;
  } catch (error) {
    return error;
  }
}

/** A run that ends while a signal is dealt with would leave that undone. */
const signalsDealtWith = (): Promise<void> =>
  CancellationScope.nonCancellable(() => condition(allHandlersFinished));

/** Also a cancelled workflow writes its ending, and one that is being written is not cancelled any more. */
async function close(
  request: ExecutionRequest,
  type: ExecutionWorkflow,
  ending: Ending,
): Promise<Closed | null> {
  const { ownerId, executionId } = request;
  const closed = await CancellationScope.nonCancellable(() =>
    closeExecution({ ownerId, executionId, ending }),
  );
  showState(ending.state, request, type);
  return closed;
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

function endingOf(error: unknown, told: Told | undefined): Ending {
  if (isCancellation(error)) return { state: 'cancelled' };
  const code = error instanceof ApplicationFailure ? failureCode(error.type) : undefined;
  if (code !== undefined) {
    const { message, details } = error as ApplicationFailure;
    const piece = details?.[0] as Piece | undefined;
    return { state: 'failed', code, message, ...(piece && { piece }), ...told };
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
