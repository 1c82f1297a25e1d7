import { z } from 'zod';
import type { Config } from '../../../infra/config/config.ts';
import type { Execution } from '../../../infra/db/entities/execution.ts';
import { startAccepted } from '../../../infra/executions/accept-execution.ts';
import { crashPoint } from '../../../infra/faults/crash-point.ts';
import { EXECUTION_STATES } from '../../../workflows/domain/enums.ts';
import type { ApiDeps } from '../../deps.ts';
import { accepted, type JsonAnswer } from '../../http/answers.ts';

/** An execution that was accepted, by a start or by a fork. */
export const Accepted = z
  .strictObject({
    id: z.uuid(),
    state: z.enum(EXECUTION_STATES),
    workflowId: z.string(),
    links: z.strictObject({
      self: z.string(),
      events: z.string(),
      temporal: z.string().nullable(),
    }),
  })
  .meta({ id: 'AcceptedExecution' });

/** What follows the commit of an accepted execution: its workflow is started. */
export const startLater =
  (
    { orm, temporal, log, nudge }: Pick<ApiDeps, 'orm' | 'temporal' | 'log' | 'nudge'>,
    execution: Execution,
  ) =>
  async (): Promise<void> => {
    crashPoint('a1');
    await startAccepted(orm.em.fork(), temporal, execution, log);
    nudge();
  };

/** 202 with where the execution can be watched. */
export function acceptedExecution(
  { id, state, workflowId }: Execution,
  temporal: Config['temporal'],
): JsonAnswer {
  const self = `/v1/executions/${id}`;
  const ui = temporal.uiUrl?.replace(/\/$/, '');
  const place = `namespaces/${encodeURIComponent(temporal.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
  const view: z.input<typeof Accepted> = {
    id,
    state,
    workflowId,
    links: { self, events: `${self}/events`, temporal: ui === undefined ? null : `${ui}/${place}` },
  };
  return accepted(view, { location: self });
}
