import { defineEntity, p } from '@mikro-orm/core';
import type { AgentConfig } from '../../../workflows/contract/agents.schema.ts';
import { fraction, semver } from '../checks.ts';
import { bag, createdAt, id, moment, number } from '../columns.ts';

const TemplateVersionSchema = defineEntity({
  name: 'TemplateVersion',
  properties: {
    id,
    ownerId: p.uuid().nullable(),
    templateId: p.uuid(),
    version: p.text().default('1.0.0').check(semver('version')),
    /** First of `parameters.models`, for search. */
    model: p.text().nullable(),
    providerConfigId: p.uuid().nullable(),
    modelEntryId: p.uuid().nullable(),
    /** Complete, but for the capabilities, which are rows. */
    parameters: p.json<Omit<AgentConfig, 'capabilities'>>(),
    personality: p.text().nullable(),
    promptTemplate: p.text().nullable(),
    costProfile: bag(),
    performanceMetrics: bag(),
    isDeprecated: p.boolean().default(false),
    /** From then on the version does not change. */
    publishedAt: moment().nullable(),
    createdAt,
  },
  uniques: [{ properties: ['templateId', 'version'] }],
  indexes: [
    { properties: ['templateId'], where: 'not is_deprecated' },
    { properties: ['ownerId'] },
    { properties: ['providerConfigId'] },
    { properties: ['modelEntryId'] },
  ],
});

/** One version of a template, whole. */
export class TemplateVersion extends TemplateVersionSchema.class {}
TemplateVersionSchema.setClass(TemplateVersion);

const TemplateCapabilitySchema = defineEntity({
  name: 'TemplateCapability',
  properties: {
    ownerId: p.uuid().nullable(),
    templateVersionId: p.uuid().primary(),
    capabilityId: p.uuid().primary(),
    version: p.text().default('1.0.0').check(semver('version')),
    config: bag(),
    enabled: p.boolean().default(true),
    /** Where an agent made from this begins. */
    proficiency: number().default(0.5).check(fraction('proficiency')),
  },
  indexes: [{ properties: ['capabilityId'] }, { properties: ['ownerId'] }],
});

/** A capability that a version brings along. */
export class TemplateCapability extends TemplateCapabilitySchema.class {}
TemplateCapabilitySchema.setClass(TemplateCapability);
