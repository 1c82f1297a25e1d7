import type { Definition } from '../../workflows/contract/definition.ts';
import type { Gate } from '../../workflows/contract/gates.schema.ts';
import type { StartExecution } from '../../workflows/contract/executions.schema.ts';
import type { ExecutionKind } from '../../workflows/domain/enums.ts';
import type { Project } from '../db/entities/project.ts';
import { itemProblems } from './check-items.ts';
import { type Findings, noFindings } from './findings.ts';
import { findProject, findTopology, notFoundMessage, type Scope } from './references.ts';
import { resolveGates } from './resolve-gates.ts';
import {
  resolveAgent,
  type Resolved,
  resolveTopology,
  type Resolving,
} from './resolve-definition.ts';
import type { ModelDefaults } from './resolve-seats.ts';
import { lineageOf } from './resolve-children.ts';
import { writtenTopology } from './saved-topology.ts';

/** A start with everything it names found: what an execution is made from. */
export interface ResolvedStart {
  readonly kind: ExecutionKind;
  readonly definition: Definition;
  readonly projectId: string | null;
  readonly topologyId: string | null;
  readonly agentId: string | null;
}

/** The body of a start as far as a single agent, a saved topology or an inline one decides what is run. */
type Source = Pick<ResolvedStart, 'kind' | 'topologyId' | 'agentId'> &
  Resolved & {
    /** Of a saved topology. */
    readonly gates: readonly Gate[];
  };

/** Resolves a start for its owner: all that is wrong with it at once, or what can be accepted as it is. */
export async function resolveStart(
  scope: Scope,
  body: StartExecution,
  defaults: ModelDefaults,
): Promise<{ readonly start: ResolvedStart | null; readonly findings: Findings }> {
  const outer = noFindings();
  const project = await projectOf(scope, body.project, outer);
  if (body.deadline !== undefined && Date.parse(body.deadline) <= Date.now())
    outer.invalid.push({ path: 'deadline', message: 'The deadline has passed; give a later one.' });
  const source = await resolveSource(body, {
    scope,
    input: body.input,
    projectProviderId: project?.defaultProviderId ?? null,
    defaults,
    needsPrices: body.budget?.costUsd !== undefined,
  });
  outer.invalid.push(...(await itemProblems(scope, body.input.items, source.definition)));
  const findings: Findings = {
    invalid: [...outer.invalid, ...source.findings.invalid],
    unavailable: source.findings.unavailable,
    conflicts: source.findings.conflicts,
  };
  const { kind, definition, topologyId, agentId } = source;
  const gates = await resolveGates(
    scope,
    [
      { path: 'topology.gates', gates: source.gates },
      { path: 'gates', gates: body.gates },
    ],
    { plan: definition, options: body.input.options ?? [] },
    findings.invalid,
  );
  if (!definition) return { start: null, findings };
  const projectId = project?.id ?? null;
  const gated = gates.length > 0 ? { ...definition, gates } : definition;
  return { start: { kind, definition: gated, projectId, topologyId, agentId }, findings };
}

async function resolveSource(body: StartExecution, resolving: Resolving): Promise<Source> {
  if (body.agent !== undefined) {
    const resolved = await resolveAgent(resolving, body.agent);
    const agentId = resolved.definition?.seats[0]?.agent.agentId ?? null;
    return { kind: 'agent', topologyId: null, agentId, gates: [], ...resolved };
  }
  if (body.inline) {
    const resolved = await resolveTopology(resolving, { ...body.inline, path: 'inline' });
    return { kind: 'topology', topologyId: null, agentId: null, gates: [], ...resolved };
  }
  return resolveSaved(resolving, body.topology!);
}

async function resolveSaved(resolving: Resolving, ref: string): Promise<Source> {
  const found = await findTopology(resolving.scope, ref);
  const none = {
    kind: 'topology',
    topologyId: null,
    agentId: null,
    definition: null,
    gates: [],
  } as const;
  const findings = noFindings();
  if (found.status !== 'found') {
    const message = notFoundMessage('topology', ref, found);
    findings.invalid.push({ path: 'topology', message });
    return { ...none, findings };
  }
  const topology = found.row;
  if (topology.archivedAt !== null) {
    const message = `The topology "${topology.name}" is archived; start another one.`;
    findings.conflicts.push({ path: 'topology', message });
    return { ...none, findings };
  }
  const { gates } = topology;
  const written = await writtenTopology(resolving.scope.em, topology, 'topology');
  const resolved = await resolveTopology(resolving, written, lineageOf(topology));
  return { kind: 'topology', topologyId: topology.id, agentId: null, gates, ...resolved };
}

async function projectOf(
  scope: Scope,
  ref: string | undefined,
  { invalid }: Findings,
): Promise<Project | null> {
  const found = await findProject(scope, ref);
  if (found.status === 'found') return found.row;
  if (ref !== undefined)
    invalid.push({ path: 'project', message: notFoundMessage('project', ref, found) });
  return null;
}
