import { defineEntity, p } from '@mikro-orm/core';
import { hash, sized } from '../checks.ts';
import { createdAt, moment } from '../columns.ts';

const IdempotencyRecordSchema = defineEntity({
  name: 'IdempotencyRecord',
  properties: {
    ownerId: p.uuid().primary(),
    key: p
      .text()
      .primary()
      .check(sized('key', 1, 255)),
    /** Method and path. */
    route: p.text(),
    bodyHash: p.blob().check(hash('body_hash')),
    /** Null while the first request is running. */
    statusCode: p.smallint().nullable(),
    /** The answer, without secrets. */
    body: p.json<object>().nullable(),
    resourceId: p.uuid().nullable(),
    expiresAt: moment(),
    createdAt,
  },
  indexes: [{ properties: ['expiresAt'] }],
});

/** What a POST with an `Idempotency-Key` was answered, for 24 hours. */
export class IdempotencyRecord extends IdempotencyRecordSchema.class {}
IdempotencyRecordSchema.setClass(IdempotencyRecord);
