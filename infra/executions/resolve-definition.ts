import type { ChildDefinition, Definition } from '../../workflows/contract/definition.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import { checkTopology, seatOf, type WrittenTopology } from './check-topology.ts';
import { type Findings, noFindings } from './findings.ts';
import { findOccupants } from './occupants.ts';
import { type Lineage, lineageOf, resolveChildren } from './resolve-children.ts';
import type { Scope } from './references.ts';
import { resolveSeats, type SeatRules } from './resolve-seats.ts';

/** What a definition is resolved for. */
export interface Resolving extends Omit<SeatRules, 'weighted' | 'countsWork'> {
  readonly scope: Scope;
  /** Of a start; a topology that is validated by itself has none. */
  readonly input?: ExecutionInput;
  /** Its input is made by a mapping, here or above: nobody knows it before it is there. */
  readonly isMapped?: true;
}

/** A definition, and all that stands against it; without findings it can be run. */
export interface Resolved {
  /** Null where the findings leave nothing to run. */
  readonly definition: Definition | null;
  readonly findings: Findings;
}

/** The slot of an agent that is run alone. */
const SOLO_SLOT = 'agent';

/** A single agent, by name or id. */
export async function resolveAgent(resolving: Resolving, agent: string): Promise<Resolved> {
  const findings = noFindings();
  const request = { path: 'agent', refPath: 'agent', request: { agent } };
  const [occupant] = await findOccupants(resolving.scope, [request], findings);
  if (!occupant) return { definition: null, findings };
  const seat = seatOf({ slot: SOLO_SLOT }, 0, occupant, 'agent');
  const rules = { ...resolving, weighted: false, countsWork: false };
  const { seats, notices } = await resolveSeats(resolving.scope, [seat], rules, findings);
  return { definition: { workflow: 'soloAgent', config: {}, seats, notices }, findings };
}

/** A topology with its members: checked by its type, occupants found, configurations, models and weights settled. */
export async function resolveTopology(
  resolving: Resolving,
  written: WrittenTopology,
  lineage: Lineage = lineageOf({ id: null, name: written.type }),
): Promise<Resolved> {
  const checked = await checkTopology(resolving.scope, written, resolving.input);
  const { plan, isWeighted, countsWork, findings } = checked;
  if (!plan || !checked.rules) return { definition: null, findings };
  const rules = { ...resolving, weighted: isWeighted, countsWork };
  const { seats, notices } = await resolveSeats(resolving.scope, checked.seats, rules, findings);
  const definition = { ...plan, seats, notices: [...checked.notices, ...notices] };
  if (plan.workflow !== 'compound')
    return { definition: checked.rules.settle?.(definition) ?? definition, findings };
  const { input, ...anyInput } = resolving;
  const resolveOne = (child: WrittenTopology, below: Lineage, isMapped: boolean) =>
    resolveTopology(isMapped ? { ...anyInput, isMapped } : resolving, child, below);
  const children = await resolveChildren(resolving.scope, written, lineage, {
    findings,
    options: input ? (input.options ?? []) : null,
    isMapped: resolving.isMapped ?? false,
    resolveOne,
  });
  if (!children) return { definition: null, findings };
  const all = [definition.notices, ...children.map((child) => noticesOf(child))].flat();
  return { definition: { ...definition, notices: all, children }, findings };
}

/** Of which child a notice is stands before it. */
const noticesOf = ({ name, definition }: ChildDefinition): string[] =>
  definition.notices.map((notice) => `${name}: ${notice}`);
