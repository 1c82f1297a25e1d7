import type { Definition, Seat } from '../../../workflows/contract/definition.ts';
import type { ExecutionInput } from '../../../workflows/contract/executions.schema.ts';
import type { Plan } from '../../../workflows/contract/plans.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import { TOPOLOGY_CONFIGS } from '../../../workflows/contract/topologies.schema.ts';
import { addIssues } from '../findings.ts';
import { misplaced } from '../misplaced.ts';
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
  if (origin.workflow === 'compound') {
    problems.push({
      path: 'config',
      message:
        'What a compound is made of stays as it was resolved. Leave config out, or change that of an execution in it: fork that one with "whole": true.',
    });
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
  const forked: Definition = {
    ...origin,
    ...rules.plan(parsed.data, seats),
    seats: withDuties(origin.seats, rules, origin.config, parsed.data),
  };
  problems.push(...unaskedGates(forked));
  const settled = rules.settle?.(forked) ?? forked;
  return { ...forked, notices: [...new Set([...forked.notices, ...settled.notices])] };
}

/** Gates that the story would never come by. */
const unaskedGates = (forked: Definition): Problem[] =>
  (forked.gates ?? []).flatMap(({ before }) => {
    const why = misplaced(before, forked);
    const message = `The gate before ${before} would ask nobody: ${why} A fork keeps its gates; leave this as it was.`;
    return why === null ? [] : [{ path: 'config', message }];
  });

/** What a seat is there for stands at the end of its agent's description; it changes with the configuration. */
function withDuties(
  seats: readonly Seat[],
  rules: TopologyRules<unknown, Plan>,
  before: unknown,
  after: unknown,
): Seat[] {
  const slots = seats.map(({ slot }) => slot);
  return seats.map((seat) => {
    const { description } = seat.agent;
    const old = rules.duty?.(before, seat.slot, slots) ?? '';
    const duty = rules.duty?.(after, seat.slot, slots) ?? '';
    if (old === duty || !description.endsWith(old)) return seat;
    const own = description.slice(0, description.length - old.length).trimEnd();
    const dutiful = [own, duty].filter(Boolean).join('\n\n');
    return { ...seat, agent: { ...seat.agent, description: dutiful } };
  });
}

/** What is wrong with a fork's input for the type of its topology. */
export function inputProblems({ seats, ...definition }: Definition, input: ExecutionInput) {
  if (definition.workflow === 'soloAgent') return [];
  const written = seats.map(({ slot, agent }) => ({ slot, agentName: agent.name }));
  return rulesOf(definition.workflow).checkInput?.(definition.config, written, input) ?? [];
}
