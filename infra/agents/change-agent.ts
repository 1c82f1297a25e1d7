import type { EntityManager } from '@mikro-orm/postgresql';
import type { AgentOverrides } from '../../workflows/contract/agents.schema.ts';
import { StateConflict } from '../../workflows/contract/errors.ts';
import { AgentCapability } from '../db/entities/agent-capability.ts';
import { AgentTemplate } from '../db/entities/agent-template.ts';
import type { Agent } from '../db/entities/agent.ts';
import { TemplateVersion } from '../db/entities/template-version.ts';
import { type CapabilityGrant, findGrants } from './capabilities.ts';
import { requireConfiguration } from './configuration-schema.ts';

/** What may change of an agent; undefined: stays. */
export interface AgentChange {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly personality?: string | null | undefined;
  readonly configuration?: AgentOverrides | undefined;
  readonly capabilities?: readonly CapabilityGrant[] | undefined;
}

/** Changes an agent that is not terminated; executions that have begun keep what they began with. */
export async function changeAgent(
  em: EntityManager,
  agent: Agent,
  { capabilities, ...fields }: AgentChange,
): Promise<void> {
  if (agent.stateDetail === 'terminated')
    throw new StateConflict('The agent is terminated; make another one.');
  const { name, description, personality, configuration } = fields;
  if (name !== undefined) agent.name = name;
  if (description !== undefined) agent.description = description;
  if (personality !== undefined) agent.personality = personality;
  if (configuration !== undefined) {
    const version = await em.findOneOrFail(TemplateVersion, { id: agent.templateVersionId });
    const template = await em.findOneOrFail(AgentTemplate, { id: version.templateId });
    requireConfiguration(template.configurationSchema, configuration);
    agent.configuration = { ...configuration };
  }
  if (capabilities !== undefined) {
    await replaceCapabilities(em, agent, capabilities);
    // They are part of what is read as the agent: its version, and so its ETag, counts them.
    agent.updatedAt = new Date();
  }
  await em.flush();
}

/** Makes the capabilities what the list says; one that stays keeps what was learned of its use. */
async function replaceCapabilities(
  em: EntityManager,
  { id: agentId, ownerId }: Agent,
  wanted: readonly CapabilityGrant[],
): Promise<void> {
  const grants = await findGrants(em, ownerId, wanted, 'capabilities');
  const rows = await em.find(AgentCapability, { agentId });
  for (const grant of grants) {
    const row = rows.find(({ capabilityId }) => capabilityId === grant.capabilityId);
    if (row) em.assign(row, grant);
    else em.create(AgentCapability, { ...grant, agentId, ownerId });
  }
  for (const row of rows)
    if (!grants.some(({ capabilityId }) => capabilityId === row.capabilityId)) em.remove(row);
}
