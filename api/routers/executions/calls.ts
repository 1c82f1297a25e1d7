import { z } from 'zod';
import { type ReadCall, readCall, readCalls } from '../../../infra/executions/read-calls.ts';
import { readExchange } from '../../../infra/executions/read-exchange.ts';
import { NotFound } from '../../../workflows/contract/errors.ts';
import { LLM_CALL_STATES } from '../../../workflows/domain/enums.ts';
import { ok } from '../../http/answers.ts';
import { pageOf, paging } from '../../http/paging.ts';
import { cutPage, readPlace } from './place-cursor.ts';
import { idOf, type Route, route } from '../../http/route.ts';
import { moment } from '../../http/wire.ts';
import { loadExecution, ofExecution } from './load.ts';

const fields = {
  id: z.uuid(),
  key: z.string().meta({ description: '<execution id>/<sequence>/<call>' }),
  slot: z.string(),
  round: z.int(),
  sequence: z.int(),
  state: z.enum(LLM_CALL_STATES),
  waitedMs: z.strictObject({ rate: z.int(), gpu: z.int(), budget: z.int() }),
  provider: z.string(),
  model: z.string(),
  rehearsal: z.boolean(),
  attempts: z.int(),
  repeatOf: z.uuid().nullable(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costUsd: z.string(),
  latencyMs: z.int().nullable(),
  startedAt: moment,
  completedAt: moment.nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
};
const CallView = z.strictObject(fields).meta({ id: 'Call' });
const CallDetail = z
  .strictObject({
    ...fields,
    asked: z.strictObject({
      system: z.string(),
      messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), text: z.string() })),
    }),
    answered: z.strictObject({ text: z.string(), data: z.unknown() }).nullable(),
  })
  .meta({ id: 'CallDetail' });

const read = { ...ofExecution, method: 'get', access: { scope: 'read' } } as const;

/** The call ledger of an execution. */
export const callRoutes = (): Route[] => [
  route({
    ...read,
    path: '/v1/executions/:id/calls',
    summary: 'Every model call, in the order of the turns; `started` is in flight',
    query: paging,
    answers: { 200: pageOf(CallView) },
    handle: async ({ em, params: { id }, query: { limit, cursor } }) => {
      const after = readPlace(cursor, 3);
      await loadExecution(em, id);
      const rows = await readCalls(em, id, after, limit + 1);
      const { items, nextCursor } = cutPage(rows, limit, ({ sequence, call, ordinal }) => [
        sequence,
        call,
        ordinal,
      ]);
      return ok({ items: items.map(callView), nextCursor });
    },
  }),
  route({
    ...read,
    path: '/v1/executions/:id/calls/:callId',
    params: { ...ofExecution.params, callId: idOf('call') },
    summary: 'One call: what was asked, and what was answered',
    answers: { 200: CallDetail },
    handle: async ({ em, params: { id, callId } }) => {
      await loadExecution(em, id);
      const call = await readCall(em, id, callId);
      const exchange = call && (await readExchange(em, call));
      if (!call || !exchange) throw new NotFound('call');
      return ok({ ...callView(call), ...exchange });
    },
  }),
];

const callView = (row: ReadCall): z.input<typeof CallView> => ({
  id: row.id,
  key: `${row.executionId}/${row.sequence}/${row.call}`,
  slot: row.slot,
  round: row.round,
  sequence: row.sequence,
  state: row.state,
  waitedMs: { rate: row.waitedRateMs, gpu: row.waitedGpuMs, budget: row.waitedBudgetMs },
  provider: row.provider,
  model: row.model,
  rehearsal: row.rehearsal,
  attempts: row.attempts,
  repeatOf: row.repeatOf,
  inputTokens: row.inputTokens,
  outputTokens: row.outputTokens,
  costUsd: row.costUsd,
  latencyMs: row.latencyMs,
  startedAt: row.startedAt,
  completedAt: row.completedAt,
  error:
    row.errorCode === null
      ? null
      : { code: row.errorCode, message: row.errorMessage ?? row.errorCode },
});
