import { defineEntity, p } from '@mikro-orm/core';
import { sized } from '../checks.ts';
import { bag, id, rowVersion, timestamps } from '../columns.ts';

const ProjectSchema = defineEntity({
  name: 'Project',
  properties: {
    id,
    ownerId: p.uuid(),
    name: p.text().check(sized('name', 1, 255)),
    description: p.text().nullable(),
    messageQueueConfig: bag(),
    defaultProviderId: p.uuid().nullable(),
    /** Days that closed executions are kept; null: for ever. */
    retentionDays: p.integer().default(180).nullable().check('retention_days > 0'),
    metadata: bag(),
    ...timestamps,
    rowVersion,
  },
  uniques: [{ properties: ['ownerId', 'name'] }, { properties: ['ownerId', 'id'] }],
  indexes: [
    { properties: ['ownerId', 'updatedAt'] },
    { properties: ['defaultProviderId'] },
    { properties: ['metadata'], type: 'gin' },
  ],
});

/** Where an owner's agents and executions belong. */
export class Project extends ProjectSchema.class {}
ProjectSchema.setClass(Project);
