import type { InlineTopology } from '../../workflows/contract/executions.schema.ts';
import {
  type DebateConfig,
  type Member,
  TOPOLOGY_CONFIGS,
} from '../../workflows/contract/topologies.schema.ts';
import { checkDebateSeats, findMediator, MEDIATOR_SLOT } from './debate-seats.ts';
import { addIssues, type Findings, noFindings } from './findings.ts';
import { findOccupants, type Occupant } from './occupants.ts';
import type { Scope } from './references.ts';
import type { OccupiedSeat } from './resolve-seats.ts';

/** A topology as written: in a start, or saved. */
export interface WrittenTopology extends Readonly<InlineTopology> {
  /** Where it stands in the request: `inline`, or empty. */
  readonly path: string;
}

/** A topology whose shape was checked and whose seats were filled. */
export interface CheckedTopology {
  /** Complete; null where it is wrong. */
  readonly config: DebateConfig | null;
  /** In the order of the members; null where nobody can sit there. */
  readonly occupants: readonly (Occupant | null)[];
  /** The seats that are filled, a mediator without a seat of its own included. */
  readonly seats: readonly OccupiedSeat[];
  readonly mediatorSlot: string | null;
  readonly findings: Findings;
}

/** Checks everything that does not depend on who starts it and when: type, config, seats, references. */
export async function checkTopology(
  scope: Scope,
  written: WrittenTopology,
): Promise<CheckedTopology> {
  const findings = noFindings();
  const at = (field: string): string => (written.path ? `${written.path}.${field}` : field);
  const config = checkConfig(written, at, findings);
  const requests = written.members.map((request, i) => ({ path: at(`members.${i}`), request }));
  const occupants = await findOccupants(scope, requests, findings);
  if (!config) return { config, occupants, seats: [], mediatorSlot: null, findings };

  const members = written.members.map(({ slot }, i) => ({
    slot,
    agentName: occupants[i]?.name ?? null,
  }));
  findings.invalid.push(...checkDebateSeats(config, members, at));
  const seats = written.members.flatMap((member, i) => {
    const occupant = occupants[i];
    return occupant ? [seatOf(member, i, occupant, at(`members.${i}`))] : [];
  });
  const mediator = findMediator(config, members);
  if (mediator.kind !== 'agent') {
    const mediatorSlot = mediator.kind === 'seat' ? mediator.slot : null;
    return { config, occupants, seats, mediatorSlot, findings };
  }
  const path = at('config.mediatorAgentName');
  const request = { path, refPath: path, request: { agent: mediator.name } };
  const [occupant] = await findOccupants(scope, [request], findings);
  const next = 1 + Math.max(-1, ...seats.map(({ position }) => position));
  if (occupant) seats.push(seatOf({ slot: MEDIATOR_SLOT }, next, occupant, path));
  return { config, occupants, seats, mediatorSlot: MEDIATOR_SLOT, findings };
}

function checkConfig(
  { type, config }: WrittenTopology,
  at: (field: string) => string,
  { invalid }: Findings,
): DebateConfig | null {
  if (type !== 'debate') {
    const runnable = Object.keys(TOPOLOGY_CONFIGS).join(', ');
    const message = `Topologies of type ${type} cannot be run; use ${runnable}.`;
    invalid.push({ path: at('type'), message });
    return null;
  }
  const parsed = TOPOLOGY_CONFIGS[type].safeParse(config);
  if (parsed.success) return parsed.data;
  addIssues(invalid, at('config'), parsed.error.issues);
  return null;
}

/** A seat as it is resolved; without a position of its own it has its place in the list. */
export const seatOf = (
  member: Pick<Member, 'slot' | 'position' | 'weight' | 'overrides'>,
  index: number,
  occupant: Occupant,
  path: string,
): OccupiedSeat => ({
  slot: member.slot,
  position: member.position ?? index,
  weight: member.weight ?? null,
  overrides: member.overrides ?? {},
  occupant,
  path,
});
