import type { Definition, Seat } from '../../../workflows/contract/definition.ts';
import type { Plan } from '../../../workflows/contract/plans.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import { TOPOLOGY_CONFIGS } from '../../../workflows/contract/topologies.schema.ts';
import { addIssues } from '../findings.ts';
import { rulesOf } from '../topologies/registry.ts';
import type { TopologyRules } from '../topologies/rules.ts';

const path = (field: string): string => field;

/**
 * The definition of a fork: the origin's, with fields of its configuration changed. Seats, agents, models and weights
 * stay as they were resolved. All that is wrong with the change is added to `problems`.
 */
export function forkedDefinition(
  origin: Definition,
  changes: Readonly<Record<string, unknown>> | undefined,
  problems: Problem[],
): Definition {
  if (changes === undefined) return origin;
  if (origin.workflow === 'soloAgent') {
    problems.push({ path: 'config', message: 'A single agent has no configuration to change.' });
    return origin;
  }
  const parsed = TOPOLOGY_CONFIGS[origin.workflow].safeParse({ ...origin.config, ...changes });
  if (!parsed.success) {
    addIssues(problems, 'config', parsed.error.issues);
    return origin;
  }
  const rules = rulesOf(origin.workflow);
  const seats = origin.seats.map(({ slot, agent }) => ({ slot, agentName: agent.name }));
  problems.push(...rules.check(parsed.data, seats, path));
  for (const named of rules.named?.(parsed.data, seats) ?? [])
    problems.push({
      path: named.path,
      message: `"${named.agent}" has no seat here, and a fork keeps its seats; name one of ${seats.map(({ slot }) => slot).join(', ')}.`,
    });
  const duties = (seat: Seat): Seat => withDuty(seat, rules, origin.config, parsed.data);
  return {
    ...origin,
    ...rules.plan(parsed.data, seats),
    seats: origin.seats.map(duties),
  };
}

/** What a seat is there for stands at the end of its agent's description; it changes with the configuration. */
function withDuty(
  seat: Seat,
  rules: TopologyRules<unknown, Plan>,
  before: unknown,
  after: unknown,
): Seat {
  const old = rules.duty?.(before, seat.slot) ?? '';
  const duty = rules.duty?.(after, seat.slot) ?? '';
  if (old === duty || !seat.agent.description.endsWith(old)) return seat;
  const own = seat.agent.description.slice(0, seat.agent.description.length - old.length).trimEnd();
  return {
    ...seat,
    agent: { ...seat.agent, description: [own, duty].filter(Boolean).join('\n\n') },
  };
}
