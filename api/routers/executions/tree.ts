import { z } from 'zod';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { inOrder } from '../../../infra/executions/children/known.ts';
import { readUsage } from '../../../infra/executions/read-usage.ts';
import { ok } from '../../http/answers.ts';
import { type Route, route } from '../../http/route.ts';
import { ExecutionSummary, summaries } from './execution-view.ts';
import { loadExecution, ofExecution } from './load.ts';

const { id, kind, type, title, state, usage, timings, error } = ExecutionSummary.shape;

const Node = z.strictObject({
  id,
  kind,
  type,
  title,
  state,
  usage: usage.meta({ description: 'Its own calls alone.' }),
  totalUsage: usage.meta({ description: 'With everything below it.' }),
  timings,
  error,
  slot: z.string().nullable().meta({ description: 'The name that it has in its parent.' }),
});
type TreeNode = z.infer<typeof Node> & { readonly children: readonly TreeNode[] };

/** An execution and what runs inside it. */
const TreeNode: z.ZodType<TreeNode> = Node.extend({
  children: z.array(z.lazy(() => TreeNode)),
}).meta({ id: 'ExecutionTree' });

/** `GET /v1/executions/:id/tree`. */
export const treeRoute = (): Route =>
  route({
    ...ofExecution,
    method: 'get',
    path: '/v1/executions/:id/tree',
    access: { scope: 'read' },
    summary: 'The execution and its child executions, each with its own and its whole usage',
    answers: { 200: TreeNode },
    handle: async ({ em, params }) => {
      const { rootExecutionId } = await loadExecution(em, params.id);
      const all = await em.find(Execution, { rootExecutionId }, { orderBy: { id: 'asc' } });
      const own = await summaries(em, all, 'own');
      const usageOf = await readUsage(
        em,
        all.map((each) => each.id),
      );
      const nodeOf = (execution: Execution): TreeNode => {
        const whole = own.find((each) => each.id === execution.id)!;
        return {
          id: whole.id,
          kind: whole.kind,
          type: whole.type,
          title: whole.title,
          state: whole.state,
          usage: whole.usage,
          totalUsage: usageOf(execution.id),
          timings: whole.timings,
          error: whole.error,
          slot: execution.parentSlot ?? null,
          children: inOrder(
            execution,
            all.filter(({ parentExecutionId }) => parentExecutionId === execution.id),
          ).map(nodeOf),
        };
      };
      return ok(nodeOf(all.find((each) => each.id === params.id)!));
    },
  });
