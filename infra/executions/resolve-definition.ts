import type { ModelRef } from '../../workflows/contract/agents.schema.ts';
import type { Definition } from '../../workflows/contract/definition.ts';
import {
  type DebateConfig,
  type Member,
  TOPOLOGY_CONFIGS,
} from '../../workflows/contract/topologies.schema.ts';
import type { TopologyType } from '../../workflows/domain/enums.ts';
import { checkDebateSeats, findMediator, type Mediator, MEDIATOR_SLOT } from './debate-seats.ts';
import { addIssues, type Findings, noFindings } from './findings.ts';
import { findOccupants, type Occupant } from './occupants.ts';
import type { Scope } from './references.ts';
import { type OccupiedSeat, resolveSeats, type SeatRules } from './resolve-seats.ts';

/** A topology as written: in a start, or saved. */
export interface WrittenTopology {
  readonly type: TopologyType;
  readonly config: Readonly<Record<string, unknown>>;
  readonly members: readonly Member[];
  /** Where it stands in the request: `inline`, or empty. */
  readonly path: string;
}

/** What a definition is resolved for. */
export interface Resolving {
  readonly scope: Scope;
  readonly projectProviderId: string | null;
  readonly defaultModel: ModelRef | null;
  readonly needsPrices: boolean;
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
  const rules = rulesOf(resolving, false);
  const { seats, notices } = await resolveSeats(resolving.scope, [seat], rules, findings);
  return {
    definition: { workflow: 'soloAgent', config: {}, seats, notices },
    findings,
  };
}

/** A topology with its members: checked by its type, occupants found, configurations, models and weights settled. */
export async function resolveTopology(
  resolving: Resolving,
  written: WrittenTopology,
): Promise<Resolved> {
  const findings = noFindings();
  const at = (field: string): string => (written.path ? `${written.path}.${field}` : field);
  const config = checkConfig(written, at, findings);
  const requests = written.members.map((request, i) => ({ path: at(`members.${i}`), request }));
  const occupants = await findOccupants(resolving.scope, requests, findings);
  if (!config) return { definition: null, findings };

  const members = written.members.map((member, i) => ({
    slot: member.slot,
    agentName: occupants[i]?.name ?? null,
  }));
  findings.invalid.push(...checkDebateSeats(config, members, at));
  const occupied = written.members.flatMap((member, i) => {
    const occupant = occupants[i];
    return occupant ? [seatOf(member, i, occupant, at(`members.${i}`))] : [];
  });
  const mediator = findMediator(config, members);
  if (mediator.kind === 'agent')
    occupied.push(...(await seatForMediator(resolving, mediator.name, at, findings, occupied)));
  const rules = rulesOf(resolving, config.consensusMethod === 'weighted');
  const { seats, notices } = await resolveSeats(resolving.scope, occupied, rules, findings);
  return {
    definition: { workflow: 'debate', config, mediatorSlot: slotOf(mediator), seats, notices },
    findings,
  };
}

function slotOf(mediator: Mediator): string | null {
  if (mediator.kind === 'none') return null;
  return mediator.kind === 'seat' ? mediator.slot : MEDIATOR_SLOT;
}

/** The complete configuration of a topology, or null and what is wrong with it. */
export function checkConfig(
  { type, config }: Pick<WrittenTopology, 'type' | 'config'>,
  at: (field: string) => string,
  { invalid }: Findings,
): DebateConfig | null {
  if (type !== 'debate') {
    const runnable = Object.keys(TOPOLOGY_CONFIGS).join(', ');
    invalid.push({ path: at('type'), message: `Topologies of type ${type} cannot be run; use ${runnable}.` });
    return null;
  }
  const parsed = TOPOLOGY_CONFIGS[type].safeParse(config);
  if (parsed.success) return parsed.data;
  addIssues(invalid, at('config'), parsed.error.issues);
  return null;
}

async function seatForMediator(
  { scope }: Resolving,
  agent: string,
  at: (field: string) => string,
  findings: Findings,
  occupied: readonly OccupiedSeat[],
): Promise<OccupiedSeat[]> {
  const path = at('config.mediatorAgentName');
  const request = { path, refPath: path, request: { agent } };
  const [occupant] = await findOccupants(scope, [request], findings);
  const last = Math.max(-1, ...occupied.map(({ position }) => position));
  return occupant ? [seatOf({ slot: MEDIATOR_SLOT }, last + 1, occupant, path)] : [];
}

const seatOf = (
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

const rulesOf = (
  { projectProviderId, defaultModel, needsPrices }: Resolving,
  weighted: boolean,
): SeatRules => ({ weighted, projectProviderId, defaultModel, needsPrices });
