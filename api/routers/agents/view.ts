import type { EntityManager } from '@mikro-orm/postgresql';
import { AgentCapability } from '../../../infra/db/entities/agent-capability.ts';
import { AgentTemplate } from '../../../infra/db/entities/agent-template.ts';
import type { Agent } from '../../../infra/db/entities/agent.ts';
import { Capability } from '../../../infra/db/entities/capability.ts';
import { Project } from '../../../infra/db/entities/project.ts';
import { TemplateVersion } from '../../../infra/db/entities/template-version.ts';
import { agentStatus } from '../../../workflows/domain/agent-status.ts';
import type { AgentView } from './bodies.ts';

type Named = Readonly<Record<string, { readonly id: string; readonly name: string } | undefined>>;

/** Agents as they are answered, with the names of what they belong to. */
export async function viewAgents(
  em: EntityManager,
  agents: readonly Agent[],
): Promise<AgentView[]> {
  const versions = await em.find(TemplateVersion, {
    id: { $in: agents.map(({ templateVersionId }) => templateVersionId) },
  });
  const templates = byId(
    await em.find(AgentTemplate, { id: { $in: versions.map(({ templateId }) => templateId) } }),
  );
  const projects = byId(
    await em.find(Project, { id: { $in: agents.map(({ projectId }) => projectId) } }),
  );
  const grants = await em.find(AgentCapability, { agentId: { $in: agents.map(({ id }) => id) } });
  const capabilities = byId(
    await em.find(Capability, { id: { $in: grants.map(({ capabilityId }) => capabilityId) } }),
  );
  return agents.map((agent) => {
    const version = versions.find(({ id }) => id === agent.templateVersionId);
    return {
      ...own(agent),
      project: named(projects, agent.projectId),
      template: {
        ...named(templates, version?.templateId ?? agent.templateVersionId),
        version: version?.version ?? '',
      },
      capabilities: grants
        .filter(({ agentId }) => agentId === agent.id)
        .map((grant) => ({
          name: named(capabilities, grant.capabilityId).name,
          version: grant.version,
          config: grant.config,
          enabled: grant.enabled,
          proficiency: grant.proficiency,
        })),
    };
  });
}

const own = (agent: Agent) => ({
  id: agent.id,
  name: agent.name,
  description: agent.description ?? null,
  type: agent.type,
  role: agent.role,
  // Worked out here: the row that has just been written does not hold the generated column yet.
  status: agentStatus(agent),
  stateDetail: agent.stateDetail,
  personality: agent.personality ?? null,
  configuration: agent.configuration,
  createdAt: agent.createdAt.toISOString(),
  updatedAt: agent.updatedAt.toISOString(),
});

const byId = (rows: readonly { readonly id: string; readonly name: string }[]): Named =>
  Object.fromEntries(rows.map((row) => [row.id, { id: row.id, name: row.name }]));

function named(rows: Named, id: string): { id: string; name: string } {
  const row = rows[id];
  if (!row) throw new Error(`the row ${id} that an agent refers to cannot be read`);
  return { ...row };
}
