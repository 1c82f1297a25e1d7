import { defineEntity, p } from '@mikro-orm/core';
import { fraction, sized } from '../checks.ts';
import { bag, createdAt, id, number, timestamps, tokens } from '../columns.ts';

const CapabilitySchema = defineEntity({
  name: 'Capability',
  properties: {
    id,
    /** Null: shared by all. */
    ownerId: p.uuid().nullable(),
    name: p.text().check(sized('name', 1, 128)),
    description: p.text().nullable(),
    category: p.text().check('length(category) <= 64').nullable(),
    /** Average tokens per use. */
    tokenCost: tokens().check('token_cost >= 0').nullable(),
    /** The least model that can do it. */
    requiredModel: p.text().nullable(),
    metadata: bag(),
    ...timestamps,
  },
  uniques: [
    { properties: ['ownerId', 'name'], where: 'owner_id is not null' },
    { name: 'capability_shared_name_key', properties: ['name'], where: 'owner_id is null' },
  ],
  indexes: [{ properties: ['category'] }, { properties: ['metadata'], type: 'gin' }],
});

/** Something that agents can do, such as `code_review`. */
export class Capability extends CapabilitySchema.class {}
CapabilitySchema.setClass(Capability);

const CapabilityCompatibilitySchema = defineEntity({
  name: 'CapabilityCompatibility',
  properties: {
    ownerId: p.uuid().nullable(),
    capabilityId: p.uuid().primary(),
    compatibleId: p.uuid().primary(),
    score: number().default(1).check(fraction('score')),
    createdAt,
  },
  checks: [
    {
      name: 'capability_compatibility_order_check',
      expression: 'capability_id < compatible_id',
    },
  ],
  indexes: [{ properties: ['compatibleId'] }, { properties: ['ownerId'] }],
});

/** Two capabilities that go together. The pair has no direction: the smaller id comes first. */
export class CapabilityCompatibility extends CapabilityCompatibilitySchema.class {}
CapabilityCompatibilitySchema.setClass(CapabilityCompatibility);
