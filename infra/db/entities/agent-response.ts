import { defineEntity, p } from '@mikro-orm/core';
import type { VERDICTS } from '../../../workflows/domain/enums.ts';
import { number } from '../columns.ts';
import type { Finding } from './message.ts';

const AgentResponseSchema = defineEntity({
  name: 'AgentResponse',
  view: true,
  expression: `select m.id as message_id, m.owner_id, m.execution_id, m.sender_id as agent_execution_id,
    s.slot_name, m.round, m.sequence, m.output, m.choice, m.value, m.verdict, m.findings, m.confidence,
    m.weight, m.abstained, m.reasoning, m.quality_score, m.failure_code, m.model_name, m.created_at
  from conclave.message m join conclave.agent_execution s on s.id = m.sender_id
  where m.superseded_at is null and (m.message_type = 'response' or m.failure_code is not null)`,
  properties: {
    messageId: p.uuid().primary(),
    ownerId: p.uuid(),
    executionId: p.uuid(),
    agentExecutionId: p.uuid(),
    slotName: p.text(),
    round: p.integer(),
    sequence: p.integer(),
    output: p.json<Record<string, unknown>>().nullable(),
    choice: p.text().nullable(),
    value: number().nullable(),
    verdict: p.text().$type<(typeof VERDICTS)[number]>().nullable(),
    findings: p.json<readonly Finding[]>().nullable(),
    confidence: number().nullable(),
    weight: number().nullable(),
    abstained: p.boolean(),
    reasoning: p.text().nullable(),
    qualityScore: number().nullable(),
    failureCode: p.text().nullable(),
    modelName: p.text().nullable(),
    createdAt: p.datetime(3),
  },
});

/** Read only: what the seats answered, taken from their messages. */
export class AgentResponse extends AgentResponseSchema.class {}
AgentResponseSchema.setClass(AgentResponse);
