import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Definition, ResolvedModel } from '../../workflows/contract/definition.ts';
import type { BudgetLimits } from '../../workflows/contract/executions.schema.ts';
import { InvalidRequest, NotFound, StateConflict } from '../../workflows/contract/errors.ts';
import { isPriced } from '../../workflows/domain/pricing.ts';
import { Budget } from '../db/entities/budget.ts';
import { Execution } from '../db/entities/execution.ts';
import { recordEvent } from '../db/record-event.ts';

/**
 * Sets an execution's ceilings, within the caller's transaction; one that is not named stays. Turns that wait for room
 * look again by themselves, and one that failed for want of it goes on with `retry`.
 */
export async function setCeilings(
  em: EntityManager,
  { id, userId }: { readonly id: string; readonly userId: string },
  limits: BudgetLimits,
): Promise<Budget> {
  const execution = await em.findOne(Execution, { id });
  if (!execution) throw new NotFound('execution');
  if (execution.state === 'completed' || execution.state === 'cancelled')
    throw new StateConflict(
      `The execution is ${execution.state}; its budget is closed. Fork it, or start another.`,
    );
  if (limits.costUsd !== undefined) demandPrices(execution);
  const budget = await em.findOneOrFail(
    Budget,
    { scope: 'execution', scopeId: id },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  refuseBelowUse(budget, limits);
  if (limits.tokens !== undefined) budget.limitTokens = limits.tokens;
  if (limits.costUsd !== undefined) budget.limitUsd = limits.costUsd.toFixed(6);
  const { limitTokens = null, limitUsd = null } = budget;
  recordEvent(
    em,
    {
      ownerId: execution.ownerId,
      eventType: 'budget.raised',
      source: 'api',
      actor: `user:${userId}`,
      subjectType: 'budget',
      subjectId: budget.id,
      payload: { limitTokens, limitUsd },
    },
    execution,
  );
  await em.flush();
  return budget;
}

/** A ceiling holds at once: it cannot be below what is spent, or held back for calls in flight. */
function refuseBelowUse(budget: Budget, { tokens, costUsd }: BudgetLimits): void {
  const heldTokens = budget.usedTokens + budget.overrunTokens + budget.reservedTokens;
  const heldUsd = [budget.usedUsd, budget.overrunUsd, budget.reservedUsd]
    .map(Number)
    .reduce((sum, each) => sum + each, 0);
  if (tokens !== undefined && tokens < heldTokens)
    throw new StateConflict(
      `${heldTokens} tokens are used or reserved already; give a ceiling that is not below that.`,
    );
  if (costUsd !== undefined && Number(costUsd.toFixed(6)) < Number(heldUsd.toFixed(6)))
    throw new StateConflict(
      `${heldUsd.toFixed(6)} US dollars are used or reserved already; give a ceiling that is not below that.`,
    );
}

/** Those of nested ones too: their calls are paid from the same ceiling. */
const modelsOf = ({ seats, children = [] }: Definition): ResolvedModel[] => [
  ...seats.flatMap(({ agent }) => agent.models),
  ...children.flatMap((child) => modelsOf(child.definition)),
];

function demandPrices({ definition }: Execution): void {
  const unpriced = modelsOf(definition).find((model) => !isPriced(model));
  if (unpriced)
    throw new InvalidRequest([
      {
        path: 'costUsd',
        message: `The price of ${unpriced.provider}/${unpriced.model} is not known, so a budget in US dollars cannot be kept; give tokens instead.`,
      },
    ]);
}
