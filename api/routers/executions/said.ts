import { z } from 'zod';
import { AgentExecution } from '../../../infra/db/entities/agent-execution.ts';
import { AgentResponse } from '../../../infra/db/entities/agent-response.ts';
import { ExecutionStateHistory } from '../../../infra/db/entities/execution-state-history.ts';
import { readMessages } from '../../../infra/executions/read-messages.ts';
import { EXECUTION_STATES, VERDICTS } from '../../../workflows/domain/enums.ts';
import { ok } from '../../http/answers.ts';
import { pageOf, paging } from '../../http/paging.ts';
import { cutPage, readPlace } from './place-cursor.ts';
import { type Route, route } from '../../http/route.ts';
import { moment } from '../../http/wire.ts';
import { loadExecution, ofExecution } from './load.ts';
import { MessageView, messageView } from './message-view.ts';

const ResponseView = z
  .strictObject({
    id: z.uuid().meta({ description: 'Id of the message that holds it.' }),
    slot: z.string(),
    round: z.int(),
    sequence: z.int(),
    choice: z.string().nullable(),
    value: z.number().nullable(),
    verdict: z.enum(VERDICTS).nullable(),
    findings: z.array(z.unknown()),
    confidence: z.number().nullable(),
    weight: z.number().nullable(),
    abstained: z.boolean(),
    reasoning: z.string().nullable(),
    qualityScore: z.number().nullable(),
    model: z.string().nullable(),
    failureCode: z.string().nullable(),
  })
  .meta({ id: 'Response' });

const HistoryEntry = z
  .strictObject({
    slot: z.string().nullable().meta({ description: 'Null: the execution itself.' }),
    ordinal: z.int(),
    previousState: z.enum(EXECUTION_STATES).nullable(),
    newState: z.enum(EXECUTION_STATES),
    reason: z.string().nullable(),
    actor: z.string().nullable(),
    enteredAt: moment,
  })
  .meta({ id: 'StateChange' });

const read = { ...ofExecution, method: 'get', access: { scope: 'read' } } as const;

/** What was said and decided in an execution: messages, responses, states; all in the order in which it happened. */
export const saidRoutes = (): Route[] => [
  route({
    ...read,
    path: '/v1/executions/:id/messages',
    summary: 'The transcript, in its order',
    query: paging,
    answers: { 200: pageOf(MessageView) },
    handle: async ({ em, params: { id }, query: { limit, cursor } }) => {
      const [after] = readPlace(cursor, 1);
      await loadExecution(em, id);
      const rows = await readMessages(em, { executionId: id, after: after!, limit: limit + 1 });
      const { items, nextCursor } = cutPage(rows, limit, ({ sequence }) => [sequence]);
      return ok({ items: items.map(messageView), nextCursor });
    },
  }),
  route({
    ...read,
    path: '/v1/executions/:id/responses',
    summary: 'What each seat answered, in order',
    query: paging,
    answers: { 200: pageOf(ResponseView) },
    handle: async ({ em, params: { id }, query: { limit, cursor } }) => {
      const [after] = readPlace(cursor, 1);
      await loadExecution(em, id);
      const rows = await em.find(
        AgentResponse,
        { executionId: id, sequence: { $gt: after! } },
        { orderBy: { sequence: 'asc' }, limit: limit + 1 },
      );
      const { items, nextCursor } = cutPage(rows, limit, ({ sequence }) => [sequence]);
      return ok({ items: items.map(responseView), nextCursor });
    },
  }),
  route({
    ...read,
    path: '/v1/executions/:id/history',
    summary: 'The states it went through, in order',
    answers: { 200: pageOf(HistoryEntry) },
    handle: async ({ em, params: { id } }) => {
      await loadExecution(em, id);
      const rows = await em.find(
        ExecutionStateHistory,
        { executionId: id },
        { orderBy: { enteredAt: 'asc', ordinal: 'asc', id: 'asc' } },
      );
      const seats = await em.find(AgentExecution, { executionId: id }, { fields: ['slotName'] });
      const slots = new Map(seats.map((seat) => [seat.id, seat.slotName]));
      const items = rows.map((row) => historyEntry(row, slots.get(row.agentExecutionId ?? '')));
      return ok({ items, nextCursor: null });
    },
  }),
];

const responseView = (row: AgentResponse): z.input<typeof ResponseView> => ({
  id: row.messageId,
  slot: row.slotName,
  round: row.round,
  sequence: row.sequence,
  choice: row.choice ?? null,
  value: row.value ?? null,
  verdict: row.verdict ?? null,
  findings: [...(row.findings ?? [])],
  confidence: row.confidence ?? null,
  weight: row.weight ?? null,
  abstained: row.abstained,
  reasoning: row.reasoning ?? null,
  qualityScore: row.qualityScore ?? null,
  model: row.modelName ?? null,
  failureCode: row.failureCode ?? null,
});

const historyEntry = (
  row: ExecutionStateHistory,
  slot: string | undefined,
): z.input<typeof HistoryEntry> => ({
  slot: slot ?? null,
  ordinal: row.ordinal,
  previousState: row.previousState ?? null,
  newState: row.newState,
  reason: row.reason ?? null,
  actor: row.actor ?? null,
  enteredAt: row.enteredAt.toISOString(),
});
