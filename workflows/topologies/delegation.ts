import type { Closed, ExecutionRequest } from '../contract/executions.ts';
import type { Assignment, DelegationOutcome } from '../contract/outcomes.ts';
import type {
  Ask,
  GivenPiece,
  ItemRoute,
  Piece,
  RoutedSeat,
  Spoken,
  TurnResult,
} from '../contract/turns.ts';
import { COORDINATOR, DELEGATION_ROUNDS, MOST_ITEMS, usedStrategy } from '../domain/delegation.ts';
import { type Ready, execute } from '../support/execute.ts';
import { executionFailed, namesOf, turnFailed } from '../support/failures.ts';
import type { Floor } from '../support/floor.ts';
import { routeItems } from '../support/records.ts';
import { openWaves, type Waves } from '../support/waves.ts';

/**
 * A delegation. A coordinator splits the task into items with required capabilities, or the input lists them; each goes
 * to the specialist that the routing says. An item whose specialist failed goes to the next fitting one, then to the
 * fallback. The coordinator makes one answer of the reports, and is told which items nobody could do.
 */
export async function delegation(request: ExecutionRequest): Promise<Closed | null> {
  return execute(request, 'delegation', delegate);
}

async function delegate(
  { config, seats, itemCount, routes: known }: Ready<'delegation'>,
  floor: Floor,
): Promise<DelegationOutcome> {
  const waves = openWaves(floor, seats, DELEGATION_ROUNDS);

  const planned = itemCount === undefined ? await askCoordinator(waves, ASSIGN) : null;
  const plan = planned?.sequence ?? null;
  const count = itemCount ?? planned?.parts?.length ?? 0;
  const routes = planned?.routes ?? known ?? (count > 0 ? await findRoutes(floor, plan) : []);
  refuseIncapable(routes, plan);
  const assignments = await handOut(waves, routes, plan);
  if (count > 0) refuseAllFailed(assignments);

  const merged = await askCoordinator(waves, mergeOf(routes, assignments, plan));
  return {
    kind: 'delegation',
    method: usedStrategy(config.routingStrategy),
    sequence: merged.sequence,
    confidence: merged.confidence ?? 0,
    rounds: waves.held(),
    plan,
    assignments,
  };
}

/** Of items that people could change before the start, and of what was read before it brought its routes. */
const findRoutes = ({ request: { ownerId, executionId } }: Floor, plan: number | null) =>
  routeItems({ ownerId, executionId, plan });

const ASSIGN: Ask = { kind: 'assign', most: MOST_ITEMS };

async function askCoordinator(waves: Waves, ask: Ask): Promise<Spoken> {
  const [result] = await waves.hold([{ slot: COORDINATOR, ask }]);
  if (result!.status === 'failed') throw turnFailed('The coordinator', result!.code);
  return result!;
}

/** An item in the hands of a seat. */
interface Due extends RoutedSeat {
  readonly item: number;
}

/** Has the items done; those that nobody has reported on are tried by their spare seats, one after the other. */
async function handOut(
  waves: Waves,
  routes: readonly ItemRoute[],
  plan: number | null,
): Promise<Assignment[]> {
  const tried: Assignment[] = [];
  let due = routes.flatMap(({ seats }, item): Due[] => seats.map((seat) => ({ item, ...seat })));
  for (let attempt = 0; due.length > 0; attempt++) {
    const results = await waves.hold(
      due.map(({ slot, item }) => ({ slot, ask: itemAsk({ plan, part: item }) })),
    );
    tried.push(...due.map((given, i) => ({ ...given, ...whatCameOf(results[i]!) })));
    due = routes.flatMap(({ spare }, item): Due[] => {
      const next = spare[attempt];
      return next && reportsOn(item, tried).length === 0 ? [{ item, ...next }] : [];
    });
  }
  return tried;
}

const itemAsk = (piece: Piece): Ask => ({
  kind: 'report',
  how: 'work',
  piece,
  draft: null,
  guidance: null,
  pieces: [],
});

const whatCameOf = (result: TurnResult): Pick<Assignment, 'sequence' | 'confidence' | 'failure'> =>
  result.status === 'failed'
    ? { sequence: result.sequence, confidence: null, failure: result.code }
    : { sequence: result.sequence, confidence: result.confidence, failure: null };

const reportsOn = (item: number, tried: readonly Assignment[]): readonly Assignment[] =>
  tried.filter((each) => each.item === item && each.failure === null);

/** The coordinator hears every report; of an item without one it is told so. Without items it does the task itself. */
function mergeOf(
  routes: readonly ItemRoute[],
  tried: readonly Assignment[],
  plan: number | null,
): Ask {
  const pieces = routes.flatMap((_, part): GivenPiece[] => {
    const reports = reportsOn(part, tried).map(({ sequence }) => sequence);
    return (reports.length > 0 ? reports : [null]).map((report) => ({ plan, part, report }));
  });
  const how = pieces.length > 0 ? 'merge' : 'work';
  return { kind: 'report', how, piece: null, draft: null, guidance: null, pieces };
}

function refuseIncapable(routes: readonly ItemRoute[], plan: number | null): void {
  const part = routes.findIndex(({ seats }) => seats.length === 0);
  if (part < 0) return;
  throw executionFailed('no_capable_agent', 'No specialist can do an item.', { plan, part });
}

function refuseAllFailed(tried: readonly Assignment[]): void {
  if (tried.some(({ failure }) => failure === null)) return;
  const who = namesOf(tried.map(({ slot, failure }) => `${slot} (${failure})`));
  throw executionFailed(
    'too_many_failures',
    `No specialist gave a report: ${who}. The calls say why; mend that and retry.`,
  );
}
