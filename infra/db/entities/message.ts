import { defineEntity, p } from '@mikro-orm/core';
import type { Ask } from '../../../workflows/contract/turns.ts';
import {
  DELIVERY_STATUSES,
  MESSAGE_TYPES,
  SENDER_KINDS,
  VERDICTS,
} from '../../../workflows/domain/enums.ts';
import { fraction } from '../checks.ts';
import { createdAt, id, moment, number } from '../columns.ts';

const MessageSchema = defineEntity({
  name: 'Message',
  properties: {
    id,
    ownerId: p.uuid(),
    /** Null for messages between agents outside executions. */
    executionId: p.uuid().nullable(),
    /** Given by the workflow; null while a person's message waits for its place, and outside executions. */
    sequence: p.integer().nullable(),
    round: p.integer().default(0),
    senderKind: p.enum(SENDER_KINDS),
    /** The seat. */
    senderId: p.uuid().nullable(),
    senderAgentId: p.uuid().nullable(),
    senderUserId: p.uuid().nullable(),
    messageType: p.enum(MESSAGE_TYPES),
    subtype: p.text().check('length(subtype) <= 128').nullable(),
    topic: p.text().check('length(topic) <= 255').nullable(),
    content: p.json<MessageContent>(),
    tokenEstimate: p.integer().default(0),
    output: p.json<Record<string, unknown>>().nullable(),
    choice: p.text().nullable(),
    value: number().nullable(),
    verdict: p.enum(VERDICTS).nullable(),
    findings: p.json<readonly Finding[]>().nullable(),
    confidence: number().check(fraction('confidence')).nullable(),
    weight: number().check('weight >= 0').nullable(),
    abstained: p.boolean().default(false),
    qualityScore: number().check(fraction('quality_score')).nullable(),
    reasoning: p.text().nullable(),
    /** Why the seat gave no answer in this turn. */
    failureCode: p.text().nullable(),
    /** Earlier rounds that did not fit the model. */
    omittedRounds: p.integer().default(0),
    modelName: p.text().nullable(),
    askHash: p.blob().nullable(),
    deliveryStatus: p.enum(DELIVERY_STATUSES).nullable(),
    deliveredAt: moment().nullable(),
    expiresAt: moment().nullable(),
    /** Set when an operator's reset made the workflow say something else here. */
    supersededAt: moment().nullable(),
    copiedFromId: p.uuid().nullable(),
    /** Of a fork's copy: what there is to know of the turn, whose calls stayed with its origin. */
    kept: p.json<KeptTurn>().nullable(),
    isCheckpoint: p.boolean().default(false),
    createdAt,
  },
  checks: [
    {
      name: 'message_sender_check',
      expression: `case sender_kind when 'agent' then num_nonnulls(sender_id, sender_agent_id) > 0
        when 'user' then sender_user_id is not null else true end`,
    },
  ],
  uniques: [
    { properties: ['executionId', 'sequence'], where: 'superseded_at is null' },
    { properties: ['ownerId', 'id'] },
  ],
  indexes: [
    { properties: ['executionId', 'round'] },
    {
      name: 'message_interjection_idx',
      properties: ['executionId', 'sequence'],
      where: "message_type = 'interjection'",
    },
    {
      name: 'message_waiting_idx',
      properties: ['executionId'],
      where: 'sequence is null and execution_id is not null',
    },
    { properties: ['senderId'], where: 'sender_id is not null' },
    { properties: ['senderAgentId', 'createdAt'], where: 'sender_agent_id is not null' },
    { properties: ['topic', 'createdAt'], where: 'topic is not null' },
    { properties: ['expiresAt'], where: "delivery_status = 'pending'" },
  ],
});

/** What a message says. */
export interface MessageContent {
  readonly text: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What a fork knows of a turn that it kept. */
export interface KeptTurn {
  /** Null where nothing was asked: a person spoke, or the turn ended before its first call. */
  readonly ask: Ask | null;
  /** Which turns had ended when it was planned: those before this one. */
  readonly before: number | null;
  /** Calls that were answered or failed: a rehearsal's script goes on after them. */
  readonly calls: number;
  readonly rehearsal: boolean;
  /** A person changed what it says. */
  readonly edited: boolean;
}

/** Something that a checker found. */
export interface Finding {
  readonly severity: string;
  readonly place?: string;
  readonly text: string;
}

/** A turn, whole: what was said, and what was decided by it. */
export class Message extends MessageSchema.class {}
MessageSchema.setClass(Message);

const MessageRecipientSchema = defineEntity({
  name: 'MessageRecipient',
  properties: {
    ownerId: p.uuid(),
    messageId: p.uuid().primary(),
    agentExecutionId: p.uuid().primary(),
    deliveryStatus: p.enum(DELIVERY_STATUSES).default('pending'),
    deliveredAt: moment().nullable(),
  },
  indexes: [{ properties: ['agentExecutionId', 'messageId'] }],
});

/** A seat that a message is meant for; a message without such rows is for all. */
export class MessageRecipient extends MessageRecipientSchema.class {}
MessageRecipientSchema.setClass(MessageRecipient);
