import { defineEntity, p } from '@mikro-orm/core';
import type { Gate } from '../../../workflows/contract/gates.schema.ts';
import { TOPOLOGY_TYPES } from '../../../workflows/domain/enums.ts';
import { identifier, semver, sized } from '../checks.ts';
import { bag, id, list, moment, rowVersion, timestamps } from '../columns.ts';

const TopologySchema = defineEntity({
  name: 'Topology',
  properties: {
    id,
    /** Null: shared by all. */
    ownerId: p.uuid().nullable(),
    name: p.text().check(identifier('name')),
    description: p.text().check(sized('description', 1, 1_024)),
    type: p.enum(TOPOLOGY_TYPES),
    version: p.text().default('1.0.0').check(semver('version')),
    /** Complete: what was not said has its default. */
    config: bag(),
    /** Where people are asked. */
    gates: list<Gate>(),
    archivedAt: moment().nullable(),
    ...timestamps,
    rowVersion,
  },
  uniques: [
    { properties: ['ownerId', 'name'], where: 'owner_id is not null' },
    { name: 'topology_shared_name_key', properties: ['name'], where: 'owner_id is null' },
  ],
  indexes: [{ properties: ['ownerId', 'type', 'updatedAt'] }],
});

/** How agents work together, saved under a name. */
export class Topology extends TopologySchema.class {}
TopologySchema.setClass(Topology);
