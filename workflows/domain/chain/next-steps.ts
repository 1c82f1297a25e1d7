import type { ChainConfig } from '../../contract/topologies.schema.ts';
import { lowestLevel, partsLeft } from './levels.ts';
import { type ChainTask, isUnsure, partsOf } from './tasks.ts';

/** Something that a seat is to do next about the task at a place. */
export type Step = { readonly at: number; readonly slot: string } & (
  | { readonly kind: 'split'; readonly most: number }
  | { readonly kind: 'work' | 'merge' | 'guide' | 'redo' | 'takeOver' }
);

/**
 * Everything in a chain that can be done now, in the order of the tasks; nothing when the whole has its report. Open
 * tasks are split, at the lowest level done. When all parts of a task are there, each report that is not sure enough
 * gets guidance, is then done again, and is then taken over, as is a part whose seat failed; then they are merged.
 */
export function nextSteps(tasks: readonly ChainTask[], config: ChainConfig): Step[] {
  const lowest = lowestLevel(config);
  const splitters = tasks.filter(({ state, level }) => state === 'open' && level < lowest).length;
  const most = partsLeft(tasks.length, splitters);
  return tasks.flatMap((task, at): Step[] => {
    const { slot, state, level } = task;
    if (state === 'open' && level < lowest && most > 0) return [{ kind: 'split', at, slot, most }];
    if (state === 'open' || state === 'kept') return [{ kind: 'work', at, slot }];
    return state === 'handed' ? stepsUp(tasks, at, config.escalationThreshold) : [];
  });
}

const UNDER_WAY = ['open', 'kept', 'handed'];

/** What a superior whose work is handed down does about its parts. */
function stepsUp(tasks: readonly ChainTask[], at: number, threshold: number): Step[] {
  const { slot } = tasks[at]!;
  const parts = partsOf(tasks, at);
  if (parts.some(({ task }) => UNDER_WAY.includes(task.state))) return [];
  const mending = parts.flatMap((part): Step[] => {
    const { state } = part.task;
    const unsure = isUnsure(part.task, threshold);
    if (state === 'reported' && unsure) return [{ kind: 'guide', at: part.at, slot }];
    if (state === 'guided') return [{ kind: 'redo', at: part.at, slot: part.task.slot }];
    const isLost = state === 'failed' || (state === 'redone' && unsure);
    return isLost ? [{ kind: 'takeOver', at: part.at, slot }] : [];
  });
  return mending.length > 0 ? mending : [{ kind: 'merge', at, slot }];
}
