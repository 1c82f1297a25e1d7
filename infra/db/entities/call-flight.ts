import { defineEntity, p } from '@mikro-orm/core';
import type { Ask, Hears } from '../../../workflows/contract/turns.ts';
import { moment, tokens, usd } from '../columns.ts';

const CallFlightSchema = defineEntity({
  name: 'CallFlight',
  properties: {
    ownerId: p.uuid(),
    executionId: p.uuid().primary(),
    sequence: p.integer().primary(),
    call: p.smallint().primary(),
    ordinal: p.smallint(),
    agentExecutionId: p.uuid(),
    /** More than 1: an earlier attempt died in flight. */
    attempts: p.smallint().default(1),
    askHash: p.blob(),
    ask: p.json<Ask>(),
    hears: p.json<Hears>(),
    modelIndex: p.smallint(),
    providerConfigId: p.uuid().nullable(),
    providerName: p.text(),
    modelName: p.text(),
    slotName: p.text(),
    round: p.integer(),
    /** Where `tokens` and `usd` are reserved, root first. */
    budgetIds: p.array().columnType('uuid[]'),
    tokens: tokens(),
    usd: usd(),
    repeatOfId: p.uuid().nullable(),
    waitedBudgetMs: p.integer().default(0),
    waitedRateMs: p.integer().default(0),
    startedAt: moment(),
    expiresAt: moment(),
  },
  indexes: [{ properties: ['expiresAt'] }, { properties: ['ownerId', 'executionId'] }],
});

/** A model call in flight, which is also its reservation in the budgets. Turns write it by SQL functions alone. */
export class CallFlight extends CallFlightSchema.class {}
CallFlightSchema.setClass(CallFlight);
