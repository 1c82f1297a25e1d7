import { z } from 'zod';
import { ForkExecution, Interject } from '../../../workflows/contract/control.schema.ts';
import { BudgetLimits } from '../../../workflows/contract/executions.schema.ts';
import type { Budget } from '../../../infra/db/entities/budget.ts';
import { asPrincipal } from '../../../infra/db/session.ts';
import { forkExecution } from '../../../infra/executions/fork/fork-execution.ts';
import { interject } from '../../../infra/executions/interject.ts';
import { setCeilings } from '../../../infra/executions/set-ceilings.ts';
import { tellOfInterjection } from '../../../infra/executions/tell-interjections.ts';
import { crashPoint } from '../../../infra/faults/crash-point.ts';
import type { ApiDeps } from '../../deps.ts';
import { accepted, ok } from '../../http/answers.ts';
import { type Route, route } from '../../http/route.ts';
import { Accepted, acceptedExecution, startLater } from './accepted.ts';
import { InterjectionView } from './interjection-view.ts';
import { ofExecution } from './load.ts';

const amounts = { tokens: z.int(), costUsd: z.string() };
const BudgetView = z
  .strictObject({
    limits: z
      .strictObject({ tokens: z.int().nullable(), costUsd: z.string().nullable() })
      .meta({ description: 'Null: no ceiling.' }),
    used: z.strictObject(amounts),
    reserved: z.strictObject(amounts).meta({ description: 'Held back for calls in flight.' }),
    overrun: z.strictObject(amounts).meta({ description: 'Billed beyond what was reserved.' }),
  })
  .meta({ id: 'ExecutionBudget' });

const steer = { ...ofExecution, method: 'post', access: { scope: 'run' } } as const;

/** What a person can do to an execution beside ending it: speak up, go another way, pay for more. */
export const steerRoutes = (deps: ApiDeps): Route[] => [
  route({
    ...steer,
    path: '/v1/executions/:id/fork',
    summary: 'Go on from a message of an execution as another one; what is kept costs nothing',
    body: ForkExecution,
    answers: { 202: Accepted },
    handle: async ({ em, principal, params: { id }, body, afterCommit }) => {
      const fork = await forkExecution(em, { id, userId: principal.userId }, body);
      afterCommit(startLater(deps, fork));
      return acceptedExecution(fork, deps.config.temporal);
    },
  }),
  route({
    ...steer,
    path: '/v1/executions/:id/interject',
    summary: 'Say something to an open execution; the turns that are planned next hear it',
    body: Interject,
    answers: { 202: InterjectionView },
    handle: async ({ em, principal, params: { id }, body, afterCommit }) => {
      const said = await interject(em, { id, userId: principal.userId }, body);
      afterCommit(async () => {
        crashPoint('i1');
        deps.nudge();
        const { id: executionId, workflowId } = said.execution;
        const own = asPrincipal(deps.orm.em, principal);
        await tellOfInterjection(own, deps.temporal, { executionId, workflowId }, deps.log);
      });
      const view: z.input<typeof InterjectionView> = {
        id: said.message.id,
        text: body.text,
        to: body.to ?? null,
        state: 'waiting',
        sequence: null,
        createdAt: said.message.createdAt.toISOString(),
      };
      return accepted(view);
    },
  }),
  route({
    ...steer,
    path: '/v1/executions/:id/budget',
    summary: 'Set new ceilings; turns that wait for room go on, a failed execution with retry',
    body: BudgetLimits,
    answers: { 200: BudgetView },
    handle: async ({ em, principal, params: { id }, body, afterCommit }) => {
      const budget = await setCeilings(em, { id, userId: principal.userId }, body);
      afterCommit(async () => deps.nudge());
      return ok(budgetView(budget));
    },
  }),
];

const budgetView = (row: Budget): z.input<typeof BudgetView> => ({
  limits: { tokens: row.limitTokens ?? null, costUsd: row.limitUsd ?? null },
  used: { tokens: row.usedTokens, costUsd: row.usedUsd },
  reserved: { tokens: row.reservedTokens, costUsd: row.reservedUsd },
  overrun: { tokens: row.overrunTokens, costUsd: row.overrunUsd },
});
