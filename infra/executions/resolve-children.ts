import {
  type CompoundChild,
  CompoundConfig,
  childrenOf,
} from '../../workflows/contract/compound.schema.ts';
import type { ChildDefinition, Definition } from '../../workflows/contract/definition.ts';
import type { WrittenTopology } from './check-topology.ts';
import type { Findings } from './findings.ts';
import { cycleMessage, MAX_DEPTH, tooDeepMessage } from './nesting.ts';
import { findTopology, notFoundMessage, type Scope } from './references.ts';
import { writtenTopology } from './saved-topology.ts';

/** The most executions that one start may come to, so that nesting cannot multiply without end. */
const MAX_EXECUTIONS = 200;

/** The topologies above the one that is being resolved, and how many there are in all so far. */
export interface Lineage {
  readonly holders: readonly { readonly id: string | null; readonly name: string }[];
  readonly tally: { executions: number };
}

/** Of a topology that nobody holds. */
export const lineageOf = (self: Lineage['holders'][number]): Lineage => ({
  holders: [self],
  tally: { executions: 0 },
});

type ResolveOne = (
  written: WrittenTopology,
  lineage: Lineage,
  /** Its input is made by a mapping: nobody knows it yet. */
  isMapped: boolean,
) => Promise<{ readonly definition: Definition | null; readonly findings: Findings }>;

/** Resolves the children of a compound as itself was; null where one of them cannot be run, and then `findings` says why. */
export async function resolveChildren(
  scope: Scope,
  written: WrittenTopology,
  lineage: Lineage,
  { findings, resolveOne }: { readonly findings: Findings; readonly resolveOne: ResolveOne },
): Promise<readonly ChildDefinition[] | null> {
  const config = CompoundConfig.parse(written.config);
  const resolved: ChildDefinition[] = [];
  for (const [i, child] of childrenOf(config).entries()) {
    const field = config.children.length > 0 ? `children.${i}.topology` : `subTopologies.${i}`;
    const path = [written.path, 'config', field].filter(Boolean).join('.');
    const found = await writtenChild(scope, child, { path, lineage, findings });
    if (!found) continue;
    const holders = [...lineage.holders, { id: found.id, name: found.name }];
    const one = await resolveOne(
      found.written,
      { ...lineage, holders },
      child.input !== undefined,
    );
    for (const kind of ['invalid', 'unavailable', 'conflicts'] as const)
      findings[kind].push(...one.findings[kind]);
    if (one.definition)
      resolved.push({
        name: child.name,
        topologyId: found.id,
        input: child.input ?? null,
        when: child.when ?? null,
        definition: one.definition,
      });
  }
  return resolved.length === childrenOf(config).length ? resolved : null;
}

interface Place {
  readonly path: string;
  readonly lineage: Lineage;
  readonly findings: Findings;
}

/** A child's topology as written, here or under its name; null where it cannot stand there. */
async function writtenChild(
  scope: Scope,
  { name, topology }: CompoundChild,
  { path, lineage: { holders, tally }, findings }: Place,
): Promise<{ readonly id: string | null; readonly name: string; readonly written: WrittenTopology } | null> {
  const refuse = (message: string): null => {
    findings.invalid.push({ path, message });
    return null;
  };
  const trail = holders.map((holder) => holder.name);
  tally.executions += 1;
  if (tally.executions > MAX_EXECUTIONS)
    return tally.executions === MAX_EXECUTIONS + 1
      ? refuse(`All levels together have more than ${MAX_EXECUTIONS} children; nest fewer.`)
      : null;
  if (holders.length > MAX_DEPTH) return refuse(tooDeepMessage([...trail, name]));
  if (typeof topology !== 'string') return { id: null, name, written: { ...topology, path } };

  const found = await findTopology(scope, topology);
  if (found.status !== 'found') return refuse(notFoundMessage('topology', topology, found));
  const { id, name: savedName, archivedAt } = found.row;
  const first = holders.findIndex((holder) => holder.id === id);
  if (first >= 0) return refuse(cycleMessage([...trail.slice(first), savedName]));
  if (archivedAt !== null) {
    const message = `The topology "${savedName}" is archived; take another one.`;
    findings.conflicts.push({ path, message });
    return null;
  }
  return { id, name: savedName, written: await writtenTopology(scope.em, found.row, path) };
}
