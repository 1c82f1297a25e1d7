import type { EntityManager } from '@mikro-orm/postgresql';
import { findGrants } from '../../../infra/agents/capabilities.ts';
import type { NewAgent as Wish } from '../../../infra/agents/create-agent.ts';
import type { AgentTemplate } from '../../../infra/db/entities/agent-template.ts';
import type { TemplateVersion } from '../../../infra/db/entities/template-version.ts';
import type { Principal } from '../../../infra/db/session.ts';
import { findingsError, noFindings } from '../../../infra/executions/findings.ts';
import { splitTemplate } from '../../../infra/executions/occupants.ts';
import {
  findProject,
  findTemplates,
  pick,
  type Scope,
} from '../../../infra/executions/references.ts';
import { chooseVersion, loadVersions } from '../../../infra/executions/template-versions.ts';
import { InvalidRequest } from '../../../workflows/contract/errors.ts';
import { requireFound } from '../../http/found.ts';
import type { NewAgent } from './bodies.ts';

type Source = { readonly template: AgentTemplate; readonly version: TemplateVersion };

/** Finds everything that a wish for an agent refers to; `source` null: it is to have a template of its own. */
export async function resolveNewAgent(
  em: EntityManager,
  { userId }: Principal,
  body: NewAgent,
): Promise<{ wish: Wish; source: Source | null }> {
  const scope = { em, ownerId: userId };
  const { name, description, personality, configuration } = body;
  const source =
    body.template === undefined ? null : await findSource(scope, body.template, body.version);
  const project = requireFound(
    { what: 'project', path: 'project', ref: body.project ?? 'default' },
    await findProject(scope, body.project),
  );
  const wish = {
    ownerId: userId,
    projectId: project.id,
    actor: `user:${userId}`,
    name,
    description: description ?? source?.template.description ?? null,
    type: body.type ?? source?.template.type ?? 'custom',
    role: body.role ?? source?.template.role ?? 'specialist',
    personality,
    configuration,
    grants: await findGrants(em, userId, body.capabilities, 'capabilities'),
  } as const;
  return { wish, source };
}

async function findSource(scope: Scope, ref: string, wanted: string | undefined): Promise<Source> {
  const { name, version: inRef } = splitTemplate(ref);
  if (inRef !== null && wanted !== undefined && inRef !== wanted)
    throw new InvalidRequest([
      { path: 'version', message: `is not the one that "${ref}" names; give one of the two` },
    ]);
  const template = requireFound(
    { what: 'template', path: 'template', ref },
    pick(await findTemplates(scope, [name]), name, scope.ownerId),
  );
  const findings = noFindings();
  const versions = await loadVersions(scope.em, [], [template]);
  const version = chooseVersion(template, versions, wanted ?? inRef, 'template', findings);
  const error = findingsError(findings);
  if (error || !version) throw error ?? new Error('no version was chosen, and nothing says why');
  return { template, version };
}
