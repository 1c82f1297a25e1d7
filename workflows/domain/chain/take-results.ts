import type { Spoken, TurnFailed, TurnResult } from '../../contract/turns.ts';
import type { Step } from './next-steps.ts';
import { type ChainTask, newTask } from './tasks.ts';

/**
 * The tasks after a round of steps; `results` in the order of the steps, `ranks` the slots of each level. A part for
 * nobody in particular goes to the seat of the next level whose turn it is.
 */
export function takeResults(
  before: readonly ChainTask[],
  steps: readonly Step[],
  results: readonly TurnResult[],
  ranks: readonly (readonly string[])[],
): ChainTask[] {
  const tasks = [...before];
  const change = (at: number, changes: Partial<ChainTask>): void => {
    tasks[at] = { ...tasks[at]!, ...changes };
  };
  for (const [i, step] of steps.entries()) {
    const result = results[i]!;
    if (result.status === 'failed') {
      // Whoever takes over acts in its own task: with it, that task fails.
      const failed = step.kind === 'takeOver' ? tasks[step.at]!.superior! : step.at;
      change(failed, afterFailure(step, result));
    } else if (step.kind === 'split') {
      change(step.at, { state: result.parts?.length ? 'handed' : 'kept' });
      tasks.push(...handedDown(tasks, step.at, result, ranks));
    } else {
      change(step.at, afterAnswer(tasks[step.at]!, step, result));
    }
  }
  return tasks;
}

/** Without guidance a report has no second chance. */
const afterFailure = ({ kind }: Step, { code }: TurnFailed): Partial<ChainTask> =>
  kind === 'guide' ? { state: 'redone' } : { state: 'failed', failure: code };

function afterAnswer(task: ChainTask, { kind }: Step, spoken: Spoken): Partial<ChainTask> {
  if (kind === 'guide') return { state: 'guided', guidance: spoken.sequence };
  const report = { report: spoken.sequence, confidence: spoken.confidence ?? 0 };
  if (kind === 'redo') return { ...report, state: 'redone' };
  if (kind === 'takeOver') return { ...report, state: 'taken_over', overruled: task.report };
  return { ...report, state: 'reported' };
}

function handedDown(
  tasks: readonly ChainTask[],
  at: number,
  { sequence, parts = [] }: Spoken,
  ranks: readonly (readonly string[])[],
): ChainTask[] {
  const level = tasks[at]!.level + 1;
  const seats = ranks[level]!;
  const sofar = tasks.filter((task) => task.level === level).length;
  return parts.map((place, part) =>
    newTask(level, seats[place ?? (sofar + part) % seats.length]!, at, sequence, part),
  );
}
