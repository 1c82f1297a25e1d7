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

/** The topologies above the one that is being resolved, and what is known of the start as a whole so far. */
export interface Lineage {
  readonly holders: readonly { readonly id: string | null; readonly name: string }[];
  readonly tally: { executions: number };
  /** Saved topologies that were resolved already, by id, level and whether their input is known. */
  readonly resolved: Map<string, ResolvedOnce>;
}

interface ResolvedOnce {
  readonly definition: Definition | null;
  /** How many executions it comes to below itself. */
  readonly executions: number;
}

/** Of a topology that nobody holds. */
export const lineageOf = (self: Lineage['holders'][number]): Lineage => ({
  holders: [self],
  tally: { executions: 0 },
  resolved: new Map(),
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
    const isMapped = child.input !== undefined;
    const { definition } = await once(found, isMapped, lineage, async (below) => {
      const one = await resolveOne(found.written, below, isMapped);
      for (const kind of ['invalid', 'unavailable', 'conflicts'] as const)
        findings[kind].push(...one.findings[kind]);
      return one.definition;
    });
    if (definition)
      resolved.push({
        name: child.name,
        topologyId: found.id,
        input: child.input ?? null,
        when: child.when ?? null,
        definition,
      });
  }
  if (lineage.holders.length === 1 && lineage.tally.executions > MAX_EXECUTIONS)
    findings.invalid.push({
      path: [written.path, 'config'].filter(Boolean).join('.'),
      message: `All levels together have more than ${MAX_EXECUTIONS} children; nest fewer.`,
    });
  return resolved.length === childrenOf(config).length ? resolved : null;
}

/** A saved topology that stands at several places of one level is resolved for the first, and told of there. */
async function once(
  { id, name }: FoundChild,
  isMapped: boolean,
  lineage: Lineage,
  resolve: (below: Lineage) => Promise<Definition | null>,
): Promise<ResolvedOnce> {
  const { holders, tally, resolved } = lineage;
  const key = `${id}/${holders.length}/${isMapped}`;
  const known = id === null ? undefined : resolved.get(key);
  if (known) {
    tally.executions += known.executions;
    return known;
  }
  const before = tally.executions;
  const definition = await resolve({ ...lineage, holders: [...holders, { id, name }] });
  const made = { definition, executions: tally.executions - before };
  if (id !== null) resolved.set(key, made);
  return made;
}

interface FoundChild {
  readonly id: string | null;
  readonly name: string;
  readonly written: WrittenTopology;
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
): Promise<FoundChild | null> {
  const refuse = (message: string): null => {
    findings.invalid.push({ path, message });
    return null;
  };
  const trail = holders.map((holder) => holder.name);
  tally.executions += 1;
  if (tally.executions > MAX_EXECUTIONS) return null;
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
