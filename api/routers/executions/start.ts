import { z } from 'zod';
import { acceptExecution } from '../../../infra/executions/accept-execution.ts';
import { estimate } from '../../../infra/executions/estimate.ts';
import { everySeat } from '../../../infra/executions/every-seat.ts';
import { allFindings, findingsError } from '../../../infra/executions/findings.ts';
import { resolveStart } from '../../../infra/executions/resolve-start.ts';
import type { Definition } from '../../../workflows/contract/definition.ts';
import { StartExecution } from '../../../workflows/contract/executions.schema.ts';
import type { ApiDeps } from '../../deps.ts';
import { ok } from '../../http/answers.ts';
import { type Route, route } from '../../http/route.ts';
import { Accepted, acceptedExecution, startLater } from './accepted.ts';

const DryRun = z
  .strictObject({
    problems: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .meta({ description: 'Empty: the start would be accepted.' }),
    seats: z.array(
      z.strictObject({
        slot: z.string(),
        agent: z.string(),
        weight: z.number(),
        models: z.array(z.strictObject({ provider: z.string(), model: z.string() })),
      }),
    ),
    estimate: z
      .strictObject({
        calls: z.int(),
        inputTokens: z.int(),
        outputTokens: z.int(),
        costUsd: z.string().nullable(),
      })
      .nullable()
      .meta({
        description:
          'The most it can come to, short of repairs, repeats and questions to people; `costUsd` is null where a price is not known.',
      }),
    notices: z.array(z.string()),
  })
  .meta({ id: 'DryRun' });

/** `POST /v1/executions`: accepts a start, or says what would become of it. */
export function startRoute(deps: ApiDeps): Route {
  const { config } = deps;
  return route({
    method: 'post',
    path: '/v1/executions',
    access: { scope: 'run' },
    tag: 'executions',
    summary: 'Start an execution; with dryRun: check a start and estimate it',
    query: {
      dryRun: z
        .enum(['true', 'false'])
        .default('false')
        .meta({ description: 'true: nothing is written or started.' }),
    },
    body: StartExecution,
    answers: { 200: DryRun, 202: Accepted },
    handle: async ({ em, principal, query, body, afterCommit }) => {
      const scope = { em, ownerId: principal.userId };
      const { start, findings } = await resolveStart(scope, body, config);
      if (query.dryRun === 'true') {
        const definition = start?.definition ?? null;
        return ok({
          problems: allFindings(findings),
          seats: definition ? seatsOf(definition) : [],
          estimate: definition && estimate(definition, body.input),
          notices: definition?.notices ?? [],
        });
      }
      const error = findingsError(findings);
      if (error) throw error;
      const execution = await acceptExecution(em, principal.userId, body, start!);
      afterCommit(startLater(deps, execution));
      return acceptedExecution(execution, config.temporal);
    },
  });
}

const seatsOf = (definition: Definition): z.input<typeof DryRun>['seats'] =>
  everySeat(definition).map(({ slot, weight, agent }) => ({
    slot,
    agent: agent.name,
    weight,
    models: agent.models.map(({ provider, model }) => ({ provider, model })),
  }));
