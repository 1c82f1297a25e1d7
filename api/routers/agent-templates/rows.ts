import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { AgentTemplate } from '../../../infra/db/entities/agent-template.ts';
import { Capability } from '../../../infra/db/entities/capability.ts';
import {
  TemplateCapability,
  TemplateVersion,
} from '../../../infra/db/entities/template-version.ts';
import { NotFound } from '../../../workflows/contract/errors.ts';
import { viewTemplate, viewVersion } from './bodies.ts';

/** The template of that id, or `not_found`. */
export async function loadTemplate(em: EntityManager, id: string): Promise<AgentTemplate> {
  const template = await em.findOne(AgentTemplate, { id });
  if (!template) throw new NotFound('agent template');
  return template;
}

/** A version of a template; the template's row is locked, so that two changes of its status come one after the other. */
export async function lockVersion(
  em: EntityManager,
  { id, version }: { readonly id: string; readonly version: string },
): Promise<{ template: AgentTemplate; row: TemplateVersion }> {
  const template = await loadTemplate(em, id);
  await em.refresh(template, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const row = await em.findOne(TemplateVersion, { templateId: id, version });
  if (!row) throw new NotFound('version of this agent template');
  return { template, row };
}

/** Templates as they are answered, each with its versions, newest first. */
export async function viewTemplates(em: EntityManager, templates: readonly AgentTemplate[]) {
  const versions = await em.find(
    TemplateVersion,
    { templateId: { $in: templates.map(({ id }) => id) } },
    { orderBy: { createdAt: 'desc', id: 'desc' } },
  );
  return templates.map((template) => viewTemplate(template, versions));
}

/** Versions as they are answered, each with its capabilities. */
export async function viewVersions(em: EntityManager, versions: readonly TemplateVersion[]) {
  const grants = await em.find(TemplateCapability, {
    templateVersionId: { $in: versions.map(({ id }) => id) },
  });
  const capabilities = await em.find(Capability, {
    id: { $in: grants.map(({ capabilityId }) => capabilityId) },
  });
  const nameOf = new Map(capabilities.map(({ id, name }) => [id, name]));
  return versions.map((row) =>
    viewVersion(
      row,
      grants
        .filter(({ templateVersionId }) => templateVersionId === row.id)
        .map(({ capabilityId, version, config, enabled, proficiency }) => ({
          name: nameOf.get(capabilityId) ?? capabilityId,
          version,
          config,
          enabled,
          proficiency,
        })),
    ),
  );
}
