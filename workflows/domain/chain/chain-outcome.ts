import type { ChainOutcome, ChainPiece } from '../../contract/outcomes.ts';
import { type ChainTask, isUnsure } from './tasks.ts';

/** How a chain ended whose whole task has its report. */
export function chainOutcome(
  tasks: readonly ChainTask[],
  rounds: number,
  threshold: number,
): ChainOutcome {
  const whole = tasks[0]!;
  return {
    kind: 'chain',
    sequence: whole.report!,
    confidence: whole.confidence!,
    escalated: isUnsure(whole, threshold),
    rounds,
    pieces: tasks.slice(1).map((task) => pieceOf(tasks, task)),
  };
}

function pieceOf(tasks: readonly ChainTask[], task: ChainTask): ChainPiece {
  const { plan, part, slot, report, confidence, overruled, failure } = task;
  const isTaken = task.state === 'taken_over';
  const by = isTaken ? tasks[task.superior!]!.slot : slot;
  return {
    plan,
    part,
    slot,
    by,
    status: statusOf(task),
    report,
    confidence,
    overruled,
    failure,
  };
}

/** A seat that had its second chance and used it has redone its part. */
function statusOf({ state, guidance }: ChainTask): ChainPiece['status'] {
  if (state === 'taken_over' || state === 'failed') return state;
  return state === 'redone' && guidance !== null ? 'redone' : 'reported';
}
