import type { InlineAgent } from '../../workflows/contract/agents.schema.ts';
import type { AgentRole } from '../../workflows/domain/enums.ts';
import type { Agent } from '../db/entities/agent.ts';
import type { TemplateVersion } from '../db/entities/template-version.ts';
import type { Findings } from './findings.ts';
import {
  type Found,
  findAgents,
  findTemplates,
  notFoundMessage,
  pick,
  type Scope,
} from './references.ts';
import { chooseVersion, loadVersions } from './template-versions.ts';

/** Who is to sit in a seat, as written: exactly one of agent and template. */
export interface SeatRequest {
  readonly agent?: string | InlineAgent | undefined;
  /** `name`, `name@1.2.0`, or with the template's id in place of the name. */
  readonly template?: string | undefined;
}

/** Who sits in a seat, as found. */
export interface Occupant {
  readonly name: string;
  readonly role: AgentRole;
  readonly description: string;
  readonly inline: InlineAgent | null;
  readonly agent: Agent | null;
  readonly version: TemplateVersion | null;
}

/** A seat to fill, and where it stands in the request. */
export interface PlacedRequest {
  readonly path: string;
  /** Where the reference stands; without it, in the seat's `agent` or `template`. */
  readonly refPath?: string;
  readonly request: SeatRequest;
}

/** Finds who sits in each of the seats; null where nobody can, and then `findings` says why, below the seat's path. */
export async function findOccupants(
  scope: Scope,
  requests: readonly PlacedRequest[],
  findings: Findings,
): Promise<(Occupant | null)[]> {
  const agentRefs = requests.flatMap(({ request }) =>
    typeof request.agent === 'string' ? [request.agent] : [],
  );
  const templateRefs = requests.flatMap(({ request }) =>
    request.template === undefined ? [] : [splitTemplate(request.template).name],
  );
  const agents = agentRefs.length > 0 ? await findAgents(scope, agentRefs) : [];
  const templates = templateRefs.length > 0 ? await findTemplates(scope, templateRefs) : [];
  const versions = await loadVersions(scope.em, agents, templates);

  return requests.map(({ path, refPath, request: { agent, template } }) => {
    if ((agent === undefined) === (template === undefined)) {
      findings.invalid.push({ path, message: 'Give exactly one of agent and template.' });
      return null;
    }
    if (agent === undefined) return templateOccupant(template!, refPath ?? `${path}.template`);
    if (typeof agent === 'string') return agentOccupant(agent, refPath ?? `${path}.agent`);
    return { ...agent, inline: agent, agent: null, version: null };
  });

  function agentOccupant(ref: string, path: string): Occupant | null {
    const agent = found('agent', ref, pick(agents, ref, scope.ownerId), path);
    if (!agent) return null;
    if (agent.stateDetail !== 'ready' && agent.stateDetail !== 'active') {
      const message = `The agent "${agent.name}" is ${agent.stateDetail}; only agents that are ready or active can take a seat.`;
      findings.conflicts.push({ path, message });
      return null;
    }
    const version = versions.find(({ id }) => id === agent.templateVersionId) ?? null;
    const { name, role, description } = agent;
    return { name, role, description: description ?? '', inline: null, agent, version };
  }

  function templateOccupant(ref: string, path: string): Occupant | null {
    const { name, version: wanted } = splitTemplate(ref);
    const template = found('template', ref, pick(templates, name, scope.ownerId), path);
    if (!template) return null;
    const version = chooseVersion(template, versions, wanted, path, findings);
    if (!version) return null;
    const { role, description } = template;
    return { name: template.name, role, description, inline: null, agent: null, version };
  }

  function found<Row>(what: string, ref: string, result: Found<Row>, path: string): Row | null {
    if (result.status === 'found') return result.row;
    findings.invalid.push({ path, message: notFoundMessage(what, ref, result) });
    return null;
  }
}

/** `name@1.2.0` in its parts; names are stored lower-case. */
export function splitTemplate(ref: string): { name: string; version: string | null } {
  const at = ref.lastIndexOf('@');
  if (at < 0) return { name: ref.toLowerCase(), version: null };
  return { name: ref.slice(0, at).toLowerCase(), version: ref.slice(at + 1) };
}

/** The reference that finds a saved seat's template again. */
export const templateRef = (templateId: string, version: string | null): string =>
  version === null ? templateId : `${templateId}@${version}`;
