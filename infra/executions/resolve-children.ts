import { CompoundConfig, childrenOf } from '../../workflows/contract/compound.schema.ts';
import type { ChildDefinition, Definition } from '../../workflows/contract/definition.ts';
import type { WrittenTopology } from './check-topology.ts';
import type { Findings } from './findings.ts';
import type { Scope } from './references.ts';
import { resolveGates } from './resolve-gates.ts';
import { type FoundChild, MAX_EXECUTIONS, writtenChild } from './written-child.ts';

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

interface ChildContext {
  readonly findings: Findings;
  /** The input's; null: there is no input yet. */
  readonly options: readonly string[] | null;
  /** The input is made by a mapping. */
  readonly isMapped: boolean;
  readonly resolveOne: ResolveOne;
}

/** Resolves the children of a compound as itself was; null where one of them cannot be run, and then `findings` says why. */
export async function resolveChildren(
  scope: Scope,
  written: WrittenTopology,
  lineage: Lineage,
  { findings, options, isMapped: isWholeMapped, resolveOne }: ChildContext,
): Promise<readonly ChildDefinition[] | null> {
  const config = CompoundConfig.parse(written.config);
  const resolved: ChildDefinition[] = [];
  for (const [i, child] of childrenOf(config).entries()) {
    const field = config.children.length > 0 ? `children.${i}.topology` : `subTopologies.${i}`;
    const path = [written.path, 'config', field].filter(Boolean).join('.');
    const found = await writtenChild(scope, child, { path, lineage, findings });
    if (!found) continue;
    const isMapped = isWholeMapped || child.input !== undefined;
    const { definition } = await once(found, isMapped, lineage, async (below) => {
      const one = await resolveOne(found.written, below, isMapped);
      for (const kind of ['invalid', 'unavailable', 'conflicts'] as const)
        findings[kind].push(...one.findings[kind]);
      return one.definition;
    });
    if (!definition) continue;
    const gates = await resolveGates(
      scope,
      [
        { path: `${path}.gates`, gates: found.gates },
        { path: path.replace(/topology$/, 'gates'), gates: child.gates ?? [] },
      ],
      // A choice among what a mapping may find must say itself what there is to choose.
      { plan: definition, options: isMapped ? [] : options },
      findings.invalid,
    );
    resolved.push({
      name: child.name,
      topologyId: found.id,
      input: child.input ?? null,
      when: child.when ?? null,
      definition: gates.length > 0 ? { ...definition, gates } : definition,
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
