import type { EntityManager } from '@mikro-orm/postgresql';
import type { Definition } from '../../workflows/contract/definition.ts';
import type { Ending } from '../../workflows/contract/executions.ts';
import type { ItemRoute } from '../../workflows/contract/turns.ts';
import { candidateOf, isSpecialist } from '../../workflows/domain/delegation.ts';
import { itemsOf, type PlanPart, planOf } from '../../workflows/domain/plan-parts.ts';
import { routeItems } from '../../workflows/domain/routing.ts';
import { Execution } from '../db/entities/execution.ts';
import { Message } from '../db/entities/message.ts';

type Delegation = Extract<Definition, { workflow: 'delegation' }>;

/** The seats of the items in the message `plan`, or of the input's. Only from what was settled when the execution was accepted. */
export async function routeWork(
  em: EntityManager,
  executionId: string,
  plan: number | null,
): Promise<ItemRoute[]> {
  const execution = await em.findOneOrFail(Execution, { id: executionId });
  const { seats, config, fallbackSlot } = execution.definition as Delegation;
  const parts = await partsOf(em, execution, plan);
  const specialists = seats.filter(({ slot }) => isSpecialist(slot)).map(candidateOf);
  const fallback = seats.find(({ slot }) => slot === fallbackSlot);
  return routeItems(
    parts.map(({ requiredCapabilities }) => requiredCapabilities),
    specialists,
    {
      strategy: config.routingStrategy,
      loadBalance: config.loadBalance,
      fallback: fallback ? candidateOf(fallback) : null,
    },
  );
}

/** What a failed execution says of itself; where it failed on a piece of work, with the words of that piece. */
export async function failureMessage(
  em: EntityManager,
  execution: Execution,
  { code, message, piece }: Extract<Ending, { state: 'failed' }>,
): Promise<string> {
  if (!piece || code !== 'no_capable_agent') return message;
  const part = (await partsOf(em, execution, piece.plan))[piece.part];
  if (!part) return message;
  return `No specialist can do "${part.title}": ${lack(part, execution.definition as Delegation)}. Give the capability to a specialist, or name a fallbackAgentName, and start it again.`;
}

async function partsOf(
  em: EntityManager,
  { id, input }: Execution,
  plan: number | null,
): Promise<readonly PlanPart[]> {
  if (plan === null) return itemsOf(input);
  const message = await em.findOne(Message, {
    executionId: id,
    sequence: plan,
    supersededAt: null,
  });
  return planOf(message?.output);
}

/** What nobody has; where each is there, but nobody has all of them, that. */
function lack({ requiredCapabilities }: PlanPart, { seats }: Delegation): string {
  const specialists = seats.filter(({ slot }) => isSpecialist(slot)).map(candidateOf);
  const missing = requiredCapabilities.filter((name) =>
    specialists.every(({ proficiency }) => !proficiency.has(name)),
  );
  return missing.length > 0
    ? `nobody has the capability ${missing.join(', ')}`
    : `nobody has all of the capabilities ${requiredCapabilities.join(', ')}`;
}
