import type { InlineTopology } from '../../workflows/contract/executions.schema.ts';
import type { Member } from '../../workflows/contract/members.schema.ts';
import type { Plan } from '../../workflows/contract/plans.ts';
import { TOPOLOGY_CONFIGS } from '../../workflows/contract/topologies.schema.ts';
import { addIssues, type Findings, noFindings } from './findings.ts';
import { findOccupants, type Occupant } from './occupants.ts';
import type { Scope } from './references.ts';
import type { OccupiedSeat } from './resolve-seats.ts';
import { type RunnableType, rulesOf } from './topologies/registry.ts';
import type { TopologyRules } from './topologies/rules.ts';

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
  readonly findings: Findings;
}

/** Checks everything that does not depend on who starts it and when: type, config, seats, references. */
export async function checkTopology(
  scope: Scope,
  written: WrittenTopology,
): Promise<CheckedTopology> {
  const findings = noFindings();
  const at = (field: string): string => (written.path ? `${written.path}.${field}` : field);
  const typed = checkConfig(written, at, findings);
  const requests = written.members.map((request, i) => ({ path: at(`members.${i}`), request }));
  const occupants = await findOccupants(scope, requests, findings);
  if (!typed)
    return nothingToRun(occupants, findings);

  const { rules, config } = typed;
  const members = written.members.map(({ slot }, i) => ({
    slot,
    agentName: occupants[i]?.name ?? null,
  }));
  findings.invalid.push(...rules.check(config, members, at));
  const seats = written.members.flatMap((member, i) => {
    const occupant = occupants[i];
    return occupant ? [seatOf(member, i, occupant, at(`members.${i}`))] : [];
  });
  const named = rules.named?.(config, members) ?? [];
  const requested = named.map(({ path, agent }) => ({
    path: at(path),
    refPath: at(path),
    request: { agent },
  }));
  const found = requested.length > 0 ? await findOccupants(scope, requested, findings) : [];
  for (const [i, { slot, path }] of named.entries()) {
    const next = 1 + Math.max(-1, ...seats.map(({ position }) => position));
    if (found[i]) seats.push(seatOf({ slot }, next, found[i], at(path)));
  }
  return {
    rules,
    plan: rules.plan(config, members),
    config,
    isWeighted: rules.isWeighted(config),
    countsWork: rules.countsWork?.(config) ?? false,
    occupants,
    seats: seats.map((seat) => ({ ...seat, duty: rules.duty?.(config, seat.slot) ?? null })),
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
  findings,
});

function checkConfig(
  { type, config }: WrittenTopology,
  at: (field: string) => string,
  { invalid }: Findings,
) {
  if (!isRunnable(type)) {
    const runnable = Object.keys(TOPOLOGY_CONFIGS).join(', ');
    const message = `Topologies of type ${type} cannot be run; use ${runnable}.`;
    invalid.push({ path: at('type'), message });
    return null;
  }
  const parsed = TOPOLOGY_CONFIGS[type].safeParse(config);
  if (parsed.success) return { rules: rulesOf(type), config: parsed.data };
  addIssues(invalid, at('config'), parsed.error.issues);
  return null;
}

const isRunnable = (type: string): type is RunnableType => Object.hasOwn(TOPOLOGY_CONFIGS, type);

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
