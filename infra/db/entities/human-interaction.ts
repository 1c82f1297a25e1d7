import { defineEntity, p } from '@mikro-orm/core';
import {
  DECISIONS,
  INTERACTION_KINDS,
  INTERACTION_STATES,
  TIMEOUT_ACTIONS,
} from '../../../workflows/domain/enums.ts';
import { hash, sized } from '../checks.ts';
import { createdAt, id, list, moment, rowVersion, timestamps, words } from '../columns.ts';

const HumanInteractionSchema = defineEntity({
  name: 'HumanInteraction',
  properties: {
    id,
    ownerId: p.uuid(),
    /** Null: an agent's rule asks, outside executions. */
    executionId: p.uuid().nullable(),
    rootExecutionId: p.uuid().nullable(),
    agentExecutionId: p.uuid().nullable(),
    agentId: p.uuid().nullable(),
    /** Whom to wake once it is decided. */
    signalWorkflowId: p.text(),
    /** Where the work stands still: `start`, `round:2`, `stage:draft`, `completion`. */
    gate: p.text().check(sized('gate', 1, 128)),
    kind: p.enum(INTERACTION_KINDS),
    title: p.text(),
    prompt: p.text(),
    /** All that one needs to decide: whoever is asked sees nothing else of the owner. */
    content: p.json<Record<string, unknown>>(),
    /** Of the canonical content; an answer names it, so that nobody decides on something else. */
    contentHash: p.blob().check(hash('content_hash')),
    options: p.json<readonly string[]>().nullable(),
    inputSchema: p.json<Record<string, unknown>>().nullable(),
    state: p.enum(INTERACTION_STATES).default('pending'),
    /** How often it was escalated. */
    level: p.smallint().default(0).check('level >= 0'),
    /** `user:<id>` or `role:<role>`, of all levels reached so far. */
    assignees: words().check('cardinality(assignees) > 0'),
    escalation: list<Escalation>(),
    /** How many must agree. */
    quorum: p
      .smallint()
      .default(1)
      .check("quorum = 1 or quorum > 1 and kind in ('approval', 'choice')"),
    /** The final one; it does not move. */
    deadlineAt: moment().nullable(),
    onTimeout: p.enum(TIMEOUT_ACTIONS).default('reject'),
    decision: p.enum(DECISIONS).nullable(),
    decidedValue: p.json<DecidedValue>().nullable(),
    /** When it ceased to be pending. */
    decidedAt: moment().nullable(),
    /** When the work took notice; until then the sweep wakes it again. */
    signalledAt: moment().nullable(),
    ...timestamps,
    rowVersion,
  },
  checks: [
    {
      name: 'human_interaction_asker_check',
      expression:
        'num_nonnulls(execution_id, agent_id) > 0 and (execution_id is null) = (root_execution_id is null)',
    },
    {
      name: 'human_interaction_verdict_check',
      expression: `(state in ('answered', 'expired', 'cancelled')) = (decided_at is not null)
        and (state = 'answered') = (decision is not null) and (decision is not null or decided_value is null)`,
    },
  ],
  uniques: [{ properties: ['ownerId', 'id'] }],
  indexes: [
    { properties: ['deadlineAt'], where: "state = 'pending'" },
    {
      name: 'human_interaction_assignees_idx',
      properties: ['assignees'],
      type: 'gin',
      where: "state = 'pending'",
    },
    { properties: ['decidedAt'], where: "state = 'answered' and signalled_at is null" },
    { properties: ['ownerId', 'state', 'createdAt'] },
    { properties: ['executionId'] },
    { properties: ['rootExecutionId'] },
    { properties: ['agentExecutionId'], where: 'agent_execution_id is not null' },
    { properties: ['agentId'], where: 'agent_id is not null' },
  ],
});

/** Who is asked as well when nobody has decided so long after the opening. */
export interface Escalation {
  readonly to: readonly string[];
  readonly afterMs: number;
}

/** The option that was chosen, `{text}` for an answer, or the content as it was edited. */
export type DecidedValue = string | Readonly<Record<string, unknown>>;

/** A question to people that holds the work up. Only the function `answer_interaction` makes it answered. */
export class HumanInteraction extends HumanInteractionSchema.class {}
HumanInteractionSchema.setClass(HumanInteraction);

const HumanResponseSchema = defineEntity({
  name: 'HumanResponse',
  properties: {
    id,
    /** The owner of what was asked. */
    ownerId: p.uuid(),
    interactionId: p.uuid(),
    responderId: p.uuid(),
    /** Copied, because the owner of the question does not see other users' accounts. */
    responderName: p.text(),
    /** The question's, at that moment. */
    level: p.smallint(),
    decision: p.enum(DECISIONS),
    value: p.json<DecidedValue>().nullable(),
    comment: p.text().nullable(),
    contentHash: p.blob().check(hash('content_hash')),
    createdAt,
  },
  checks: [
    {
      name: 'human_response_value_check',
      expression: "(decision in ('choose', 'answer', 'edit')) = (value is not null)",
    },
  ],
  uniques: [{ properties: ['interactionId', 'responderId'] }],
});

/** What one person answered. Written by the function `answer_interaction` alone, and never changed. */
export class HumanResponse extends HumanResponseSchema.class {}
HumanResponseSchema.setClass(HumanResponse);
