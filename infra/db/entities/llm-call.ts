import { defineEntity, p } from '@mikro-orm/core';
import type { Ask, Hears } from '../../../workflows/contract/turns.ts';
import { LLM_CALL_STATES } from '../../../workflows/domain/enums.ts';
import { id, moment, tokens, usd } from '../columns.ts';

const count = (column: string) => tokens().defaultRaw('0').check(`${column} >= 0`);
const waited = () => p.integer().default(0);

const LlmCallSchema = defineEntity({
  name: 'LlmCall',
  properties: {
    id,
    ownerId: p.uuid(),
    executionId: p.uuid(),
    sequence: p.integer(),
    call: p.smallint(),
    ordinal: p.smallint(),
    state: p.enum(LLM_CALL_STATES),
    attempts: p.smallint().default(1),
    repeatOfId: p.uuid().nullable(),
    askHash: p.blob(),
    ask: p.json<Ask>(),
    hears: p.json<Hears>(),
    supersededAt: moment().nullable(),
    copiedFromId: p.uuid().nullable(),
    agentExecutionId: p.uuid(),
    agentId: p.uuid().nullable(),
    projectId: p.uuid().nullable(),
    messageId: p.uuid().nullable(),
    slotName: p.text(),
    round: p.integer(),
    providerConfigId: p.uuid().nullable(),
    providerName: p.text(),
    modelName: p.text(),
    modelIndex: p.smallint().default(0),
    isRehearsal: p.boolean().default(false),
    promptSha256: p.blob().nullable(),
    responseSha256: p.blob().nullable(),
    providerRequestId: p.text().nullable(),
    finishReason: p.text().nullable(),
    inputTokens: count('input_tokens'),
    outputTokens: count('output_tokens'),
    cachedTokens: count('cached_tokens'),
    reasoningTokens: count('reasoning_tokens'),
    costUsd: usd().default('0').check('cost_usd >= 0'),
    reservedTokens: count('reserved_tokens'),
    reservedUsd: usd().default('0').check('reserved_usd >= 0'),
    errorCode: p.text().nullable(),
    errorMessage: p.text().nullable(),
    isRetryable: p.boolean().nullable(),
    waitedBudgetMs: waited(),
    waitedRateMs: waited(),
    waitedGpuMs: waited(),
    latencyMs: p.integer().nullable(),
    firstTokenMs: p.integer().nullable(),
    startedAt: moment(),
    finishedAt: moment(),
  },
  uniques: [
    {
      name: 'llm_call_succeeded_key',
      properties: ['executionId', 'sequence', 'call'],
      where: "state = 'succeeded' and superseded_at is null",
    },
    { properties: ['executionId', 'sequence', 'call', 'ordinal'] },
  ],
  indexes: [
    { properties: ['agentExecutionId'] },
    {
      properties: ['projectId', 'finishedAt'],
      include: ['costUsd', 'inputTokens', 'outputTokens', 'modelName', 'agentId'],
    },
  ],
});

/** The call ledger: every model call that has ended, with what it asked as references. Insert-only, but for `superseded_at`. */
export class LlmCall extends LlmCallSchema.class {}
LlmCallSchema.setClass(LlmCall);
