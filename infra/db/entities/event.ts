import { defineEntity, p } from '@mikro-orm/core';
import { EVENT_SEVERITIES } from '../../../workflows/domain/enums.ts';
import { bag, id, moment } from '../columns.ts';

const EventSchema = defineEntity({
  name: 'Event',
  properties: {
    id,
    /** Null: of the system. */
    ownerId: p.uuid().nullable(),
    /** Place among all events, dense; given by the relay, null until then. */
    position: p.bigint('number').nullable(),
    /** Taken at insert: what the relay sorts by. */
    ordinal: p
      .bigint('number')
      .defaultRaw("nextval('event_ordinal_seq'::regclass)")
      .ignoreSchemaChanges('default'),
    eventType: p
      .text()
      .check("length(event_type) <= 128 and event_type ~ '^[a-z_]+([.][a-z_]+)+$'"),
    eventVersion: p.text().default('1.0'),
    severity: p.enum(EVENT_SEVERITIES).default('info'),
    occurredAt: moment(),
    recordedAt: moment()
      .defaultRaw('now()')
      .onCreate(() => new Date()),
    /** The component that says so. */
    source: p.text().check('length(source) <= 128'),
    sourceAgentId: p.uuid().nullable(),
    actor: p.text().nullable(),
    projectId: p.uuid().nullable(),
    executionId: p.uuid().nullable(),
    /** Place among the events of its execution, dense; given by the relay. */
    sequence: p.integer().nullable(),
    subjectType: p.text(),
    subjectId: p.uuid().nullable(),
    correlationId: p.text().nullable(),
    message: p.text().nullable(),
    payload: bag(),
    topic: p.text().check('length(topic) <= 255').nullable(),
  },
  indexes: [
    { properties: ['occurredAt'] },
    { properties: ['eventType', 'occurredAt'] },
    { properties: ['sourceAgentId', 'occurredAt'] },
    {
      properties: ['severity', 'occurredAt'],
      where: "severity in ('warning', 'error', 'critical')",
    },
    { properties: ['executionId', 'sequence'] },
    { properties: ['position'] },
    { name: 'event_unnumbered_idx', properties: ['ordinal'], where: 'position is null' },
  ],
});

/** Something that happened, written in the transaction of its cause. */
export class Event extends EventSchema.class {}
EventSchema.setClass(Event);

const EventCounterSchema = defineEntity({
  name: 'EventCounter',
  properties: {
    id: p.boolean().primary().default(true).check('id'),
    lastPosition: p.bigint('number').defaultRaw('0'),
    /** Of the relay that may number; an older one's writes find nothing. */
    epoch: p.bigint('number').defaultRaw('0'),
  },
});

/** One row: how far the events are numbered, and by whom. */
export class EventCounter extends EventCounterSchema.class {}
EventCounterSchema.setClass(EventCounter);
