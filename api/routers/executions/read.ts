import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { findProject, findTopology } from '../../../infra/executions/references.ts';
import { EXECUTION_WORKFLOWS } from '../../../workflows/contract/names.ts';
import { EXECUTION_STATES } from '../../../workflows/domain/enums.ts';
import type { ApiDeps } from '../../deps.ts';
import { ok } from '../../http/answers.ts';
import { findPage, pageOf, paging } from '../../http/paging.ts';
import { type Route, route } from '../../http/route.ts';
import { ExecutionSummary, ExecutionView, summaries, wholeView } from './execution-view.ts';
import { loadExecution, ofExecution } from './load.ts';
import { untilClosed } from './until-closed.ts';

const filters = {
  state: z.enum(EXECUTION_STATES).optional(),
  type: z.enum(EXECUTION_WORKFLOWS).optional(),
  project: z.string().min(1).max(255).optional().meta({ description: 'Name or id.' }),
  topology: z.string().min(1).max(200).optional().meta({ description: 'Name or id.' }),
  correlationId: z.string().min(1).max(255).optional(),
  parent: z
    .uuid()
    .optional()
    .meta({ description: 'Its child executions; without it: those that have no parent.' }),
};
type Filters = { readonly [Name in keyof typeof filters]?: string | undefined };

/** `GET /v1/executions` and one of them. */
export const readRoutes = ({ hub }: ApiDeps): Route[] => [
  route({
    method: 'get',
    path: '/v1/executions',
    access: { scope: 'read' },
    tag: 'executions',
    summary: 'List executions, newest first',
    query: { ...paging, ...filters },
    answers: { 200: pageOf(ExecutionSummary) },
    handle: async ({ em, principal, query: { limit, cursor, ...given } }) => {
      const where = await filterOf(em, principal.userId, given);
      if (where === null) return ok({ items: [], nextCursor: null });
      const page = await findPage(em, Execution, where, { limit, cursor });
      return ok({ items: await summaries(em, page.rows), nextCursor: page.nextCursor });
    },
  }),
  route({
    ...ofExecution,
    method: 'get',
    path: '/v1/executions/:id',
    access: { scope: 'read' },
    summary: 'Read an execution; with waitSeconds, once it is closed or the time is up',
    query: { waitSeconds: z.coerce.number().min(0).max(60).default(0) },
    answers: { 200: ExecutionView },
    handle: async ({ em, params: { id }, query: { waitSeconds }, ended }) => {
      if (waitSeconds > 0)
        await untilClosed({ em, hub, executionId: id, ms: waitSeconds * 1_000, ended });
      const execution = await loadExecution(em, id);
      return ok(await wholeView(em, execution), { version: execution.rowVersion });
    },
  }),
];

/** The owner's executions that the filters leave; null when a filter names what is not there. */
async function filterOf(
  em: EntityManager,
  ownerId: string,
  { state, type, project, topology, correlationId, parent }: Filters,
) {
  const scope = { em, ownerId };
  const ofProject = project === undefined ? null : await findProject(scope, project);
  const ofTopology = topology === undefined ? null : await findTopology(scope, topology);
  if ([ofProject, ofTopology].some((found) => found && found.status !== 'found')) return null;
  return {
    ownerId,
    parentExecutionId: parent ?? null,
    ...(state !== undefined && { state: state as Execution['state'] }),
    ...(type !== undefined && { workflowType: type as Execution['workflowType'] }),
    ...(ofProject?.status === 'found' && { projectId: ofProject.row.id }),
    ...(ofTopology?.status === 'found' && { topologyId: ofTopology.row.id }),
    ...(correlationId !== undefined && { correlationId }),
  };
}
