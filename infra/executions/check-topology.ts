import type { ExecutionInput, InlineTopology } from '../../workflows/contract/executions.schema.ts';
import type { Member } from '../../workflows/contract/members.schema.ts';
import type { Plan } from '../../workflows/contract/plans.ts';
import { TOPOLOGY_CONFIGS } from '../../workflows/contract/topologies.schema.ts';
import { addIssues, type Findings, noFindings } from './findings.ts';
import { findOccupants, type Occupant } from './occupants.ts';
import type { Scope } from './references.ts';
import type { OccupiedSeat } from './resolve-seats.ts';
import { rulesOf } from './topologies/registry.ts';
import type { NamedSeat, TopologyRules } from './topologies/rules.ts';

/** A topology as written: in a start, or saved. */
export interface WrittenTopology extends Readonly<InlineTopology> {
  /** Where it stands in the request: `inline`, or empty. */
  readonly path: string;
}

/** A topology whose shape was checked and whose seats were filled. */
export interface CheckedTopology {
  /** Null where type or config are wrong. */
  readonly rules: TopologyRules<unknown, Plan> | null;
  /** Null where type or config are wrong. */
  readonly plan: Plan | null;
  /** Complete, as it is saved; null where it is wrong. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly isWeighted: boolean;
  readonly countsWork: boolean;
  /** In the order of the members; null where nobody can sit there. */
  readonly occupants: readonly (Occupant | null)[];
  /** The seats that are filled, those included that the config alone names. */
  readonly seats: readonly OccupiedSeat[];
  /** What the caller should know of the seats. */
  readonly notices: readonly string[];
  readonly findings: Findings;
}

/** Checks everything that does not depend on who starts it and when: type, config, seats, references; in a start its input too. */
export async function checkTopology(
  scope: Scope,
  written: WrittenTopology,
  input?: ExecutionInput,
): Promise<CheckedTopology> {
  const findings = noFindings();
  const at = (field: string): string => (written.path ? `${written.path}.${field}` : field);
  const typed = checkConfig(written, at, findings);
  const requests = written.members.map((request, i) => ({ path: at(`members.${i}`), request }));
  const occupants = await findOccupants(scope, requests, findings);
  if (!typed) return nothingToRun(occupants, findings);

  const { rules, config } = typed;
  const members = written.members.map(({ slot }, i) => ({
    slot,
    agentName: occupants[i]?.name ?? null,
  }));
  findings.invalid.push(...rules.check(config, members, at));
  if (input) findings.invalid.push(...(rules.checkInput?.(config, members, input) ?? []));
  const seats = written.members.flatMap((member, i) => {
    const occupant = occupants[i];
    return occupant ? [seatOf(member, i, occupant, at(`members.${i}`))] : [];
  });
  const named = rules.named?.(config, members) ?? [];
  seats.push(...(await namedSeats(scope, named, seats, at, findings)));
  const doubled = rules.doubled?.(config, slotsOf(seats)) ?? [];
  for (const { slot, of } of doubled) {
    const seat = seats.find((each) => each.slot === of);
    if (seat) seats.push({ ...seat, slot, position: nextPosition(seats) });
  }
  const slots = slotsOf(seats);
  return {
    rules,
    plan: rules.plan(config, members),
    config,
    isWeighted: rules.isWeighted(config),
    countsWork: rules.countsWork?.(config) ?? false,
    occupants,
    seats: seats.map((seat) => ({ ...seat, duty: rules.duty?.(config, seat.slot, slots) ?? null })),
    notices: doubled.map(({ slot, of }) => `No seat ${slot}: the agent of ${of} takes it too.`),
    findings,
  };
}

const nothingToRun = (
  occupants: readonly (Occupant | null)[],
  findings: Findings,
): CheckedTopology => ({
  rules: null,
  plan: null,
  config: null,
  isWeighted: false,
  countsWork: false,
  occupants,
  seats: [],
  notices: [],
  findings,
});

/** The seats that the config names and the members lack. */
async function namedSeats(
  scope: Scope,
  named: readonly NamedSeat[],
  seats: readonly OccupiedSeat[],
  at: (field: string) => string,
  findings: Findings,
): Promise<OccupiedSeat[]> {
  if (named.length === 0) return [];
  const requested = named.map(({ path, agent }) => ({
    path: at(path),
    refPath: at(path),
    request: { agent },
  }));
  const found = await findOccupants(scope, requested, findings);
  return named.flatMap(({ slot, path }, i) =>
    found[i] ? [seatOf({ slot }, nextPosition(seats) + i, found[i], at(path))] : [],
  );
}

const nextPosition = (seats: readonly OccupiedSeat[]): number =>
  1 + Math.max(-1, ...seats.map(({ position }) => position));

/** In the order in which they sit. */
const slotsOf = (seats: readonly OccupiedSeat[]): string[] =>
  seats.toSorted((a, b) => a.position - b.position).map(({ slot }) => slot);

function checkConfig(
  { type, config }: WrittenTopology,
  at: (field: string) => string,
  { invalid }: Findings,
) {
  const parsed = TOPOLOGY_CONFIGS[type].safeParse(config);
  if (parsed.success) return { rules: rulesOf(type), config: parsed.data };
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
  duty: null,
  occupant,
  path,
});
