import { z } from 'zod';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { ok } from '../../http/answers.ts';
import { type Route, route } from '../../http/route.ts';
import { ExecutionSummary, summaries } from './execution-view.ts';
import { loadExecution, ofExecution } from './load.ts';

const { id, kind, type, title, state, usage, timings } = ExecutionSummary.shape;

const Node = z.strictObject({
  id,
  kind,
  type,
  title,
  state,
  usage,
  timings,
  slot: z.string().nullable(),
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
    summary: 'The execution and its child executions, each with its own usage',
    answers: { 200: TreeNode },
    handle: async ({ em, params }) => {
      const { rootExecutionId } = await loadExecution(em, params.id);
      const all = await em.find(Execution, { rootExecutionId }, { orderBy: { id: 'asc' } });
      const shown = await summaries(em, all);
      const nodeOf = (execution: Execution): TreeNode => {
        const whole = shown.find((each) => each.id === execution.id)!;
        return {
          id: whole.id,
          kind: whole.kind,
          type: whole.type,
          title: whole.title,
          state: whole.state,
          usage: whole.usage,
          timings: whole.timings,
          slot: execution.parentSlot ?? null,
          children: all
            .filter(({ parentExecutionId }) => parentExecutionId === execution.id)
            .map(nodeOf),
        };
      };
      return ok(nodeOf(all.find((each) => each.id === params.id)!));
    },
  });
