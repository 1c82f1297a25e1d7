import type { Definition } from '../../workflows/contract/definition.ts';
import type { Ending } from '../../workflows/contract/executions.ts';
import type { ItemRoute } from '../../workflows/contract/turns.ts';
import { routesIn, specialistsOf } from '../../workflows/domain/delegation.ts';
import { itemsOf, type PlanPart, planOf } from '../../workflows/domain/plan-parts.ts';
import type { CallFunction } from '../db/call.ts';
import { readTold, type Whose } from './told.ts';

type Delegation = Extract<Definition, { workflow: 'delegation' }>;

/** The seats of the items in the message `plan`, or of the input's, for a workflow that was not told them with these: people could change the items since. */
export async function routeWork(
  call: CallFunction,
  whose: Whose,
  plan: number | null,
): Promise<ItemRoute[]> {
  const { parts, definition } = await workOf(call, whose, plan);
  return routesIn(definition, parts);
}

/** What a failed execution says of itself; where it failed on a piece of work, with the words of that piece. */
export async function failureMessage(
  call: CallFunction,
  whose: Whose,
  { code, message, piece }: Extract<Ending, { state: 'failed' }>,
): Promise<string> {
  if (!piece || code !== 'no_capable_agent') return message;
  const { parts, definition } = await workOf(call, whose, piece.plan);
  const part = parts[piece.part];
  if (!part) return message;
  return `No specialist can do "${part.title}": ${lack(part, definition)}. Give the capability to a specialist, or name a fallbackAgentName, and start it again.`;
}

async function workOf(
  call: CallFunction,
  whose: Whose,
  plan: number | null,
): Promise<{ readonly definition: Delegation; readonly parts: readonly PlanPart[] }> {
  const told = await readTold(call, whose, plan === null ? [] : [plan]);
  if (!told) throw new Error(`there is no execution ${whose.executionId}`);
  const parts = plan === null ? itemsOf(told.input) : planOf(told.said[0]?.output);
  return { definition: told.definition as Delegation, parts };
}

/** What nobody has; where each is there, but nobody has all of them, that. */
function lack({ requiredCapabilities }: PlanPart, { seats }: Delegation): string {
  const specialists = specialistsOf(seats);
  const missing = requiredCapabilities.filter((name) =>
    specialists.every(({ proficiency }) => !proficiency.has(name)),
  );
  return missing.length > 0
    ? `nobody has the capability ${missing.join(', ')}`
    : `nobody has all of the capabilities ${requiredCapabilities.join(', ')}`;
}
