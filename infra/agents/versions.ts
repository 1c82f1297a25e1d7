import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { AgentConfig, AgentOverrides } from '../../workflows/contract/agents.schema.ts';
import { InvalidRequest, StateConflict } from '../../workflows/contract/errors.ts';
import { TEMPLATE_TRANSITIONS, changeState } from '../../workflows/domain/transitions.ts';
import type { TemplateStatus } from '../../workflows/domain/enums.ts';
import type { AgentTemplate } from '../db/entities/agent-template.ts';
import { TemplateCapability, TemplateVersion } from '../db/entities/template-version.ts';
import { CapabilityGrant, findGrants } from './capabilities.ts';

/** What a version says. Capabilities may be in `config`, as of inline agents, or beside it with a proficiency. */
export const versionFields = {
  config: AgentOverrides.default({}),
  personality: z.string().min(1).max(10_000).nullable().default(null),
  capabilities: z.array(CapabilityGrant).max(100).default([]),
};
const VersionContent = z.object(versionFields);
type VersionContent = z.infer<typeof VersionContent>;

/** Adds a draft of a version to a template, complete: what was not said has its default. */
export async function addVersion(
  em: EntityManager,
  template: AgentTemplate,
  version: string,
  { config, personality, capabilities }: VersionContent,
): Promise<TemplateVersion> {
  const { capabilities: inConfig, ...parameters } = AgentConfig.parse(config);
  if (inConfig.length > 0 && capabilities.length > 0)
    throw new InvalidRequest([
      { path: 'capabilities', message: 'is there twice: give it here or in config, not in both' },
    ]);
  const ownerId = template.ownerId ?? null;
  const [grants, path] =
    inConfig.length > 0
      ? [z.array(CapabilityGrant).parse(inConfig), 'config.capabilities']
      : [capabilities, 'capabilities'];
  const found = await findGrants(em, ownerId, grants, path);
  const row = em.create(TemplateVersion, {
    ownerId,
    templateId: template.id,
    version,
    model: parameters.models[0]?.model ?? null,
    parameters,
    personality,
  });
  await em.flush();
  for (const grant of found)
    em.create(TemplateCapability, { ...grant, ownerId, templateVersionId: row.id });
  await em.flush();
  return row;
}

/** Publishes a version: from then on it does not change, and agents can be made from it. Twice is no change. */
export async function publishVersion(
  em: EntityManager,
  template: AgentTemplate,
  version: TemplateVersion,
): Promise<boolean> {
  if (version.isDeprecated)
    throw new StateConflict(
      `Version ${version.version} is deprecated; add a new version and publish that.`,
    );
  if (version.publishedAt) return false;
  version.publishedAt = new Date();
  moveTemplate(template, 'published');
  await em.flush();
  return true;
}

/** Takes a version out of use for what is new; a template without a version in use is deprecated too. */
export async function deprecateVersion(
  em: EntityManager,
  template: AgentTemplate,
  version: TemplateVersion,
): Promise<void> {
  version.isDeprecated = true;
  await em.flush();
  const inUse = await em.count(TemplateVersion, {
    templateId: template.id,
    isDeprecated: false,
    publishedAt: { $ne: null },
  });
  if (inUse === 0 && template.status === 'published') moveTemplate(template, 'deprecated');
  await em.flush();
}

function moveTemplate(template: AgentTemplate, to: TemplateStatus): void {
  if (changeState(TEMPLATE_TRANSITIONS, template.status, to) === 'illegal')
    throw new StateConflict(`A template that is ${template.status} cannot become ${to}.`);
  template.status = to;
}
