import type { Ask, Piece } from '../../contract/turns.ts';
import type { Step } from './next-steps.ts';
import { type ChainTask, partsOf } from './tasks.ts';

/** What the seat of a step is asked; `ranks`: the slots of each level. */
export function askOf(
  tasks: readonly ChainTask[],
  step: Step,
  ranks: readonly (readonly string[])[],
): Ask {
  const task = tasks[step.at]!;
  const { level, plan, part, report: draft, guidance } = task;
  const piece: Piece | null = task.superior === null ? null : { plan, part };
  switch (step.kind) {
    case 'split':
      return { kind: 'split', piece, to: ranks[level + 1]!, most: step.most };
    case 'guide':
      return { kind: 'guide', piece: piece!, draft: draft! };
    case 'work':
    case 'merge':
    case 'redo':
    case 'takeOver': {
      const pieces = partsOf(tasks, step.at).map(({ task: sub }) => ({
        plan: sub.plan,
        part: sub.part,
        report: sub.report,
      }));
      return { kind: 'report', how: step.kind, piece, draft, guidance, pieces };
    }
  }
}
