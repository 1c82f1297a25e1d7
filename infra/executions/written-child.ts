import type { CompoundChild } from '../../workflows/contract/compound.schema.ts';
import type { Gate } from '../../workflows/contract/gates.schema.ts';
import type { WrittenTopology } from './check-topology.ts';
import type { Findings } from './findings.ts';
import { cycleMessage, MAX_DEPTH, tooDeepMessage } from './nesting.ts';
import { findTopology, notFoundMessage, type Scope } from './references.ts';
import type { Lineage } from './resolve-children.ts';
import { writtenTopology } from './saved-topology.ts';

/** The most executions that one start may come to, so that nesting cannot multiply without end. */
export const MAX_EXECUTIONS = 200;

/** A child's topology, and the gates that are saved with it. */
export interface FoundChild {
  readonly id: string | null;
  readonly name: string;
  readonly written: WrittenTopology;
  readonly gates: readonly Gate[];
}

interface Place {
  readonly path: string;
  readonly lineage: Lineage;
  readonly findings: Findings;
}

/** A child's topology as written, here or under its name; null where it cannot stand there. */
export async function writtenChild(
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
  if (typeof topology !== 'string')
    return { id: null, name, written: { ...topology, path }, gates: [] };

  const found = await findTopology(scope, topology);
  if (found.status !== 'found') return refuse(notFoundMessage('topology', topology, found));
  const { id, name: savedName, archivedAt, gates } = found.row;
  const first = holders.findIndex((holder) => holder.id === id);
  if (first >= 0) return refuse(cycleMessage([...trail.slice(first), savedName]));
  if (archivedAt !== null) {
    const message = `The topology "${savedName}" is archived; take another one.`;
    findings.conflicts.push({ path, message });
    return null;
  }
  const written = await writtenTopology(scope.em, found.row, path);
  return { id, name: savedName, written, gates };
}
