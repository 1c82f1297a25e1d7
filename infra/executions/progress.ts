import type { Plan } from '../../workflows/contract/plans.ts';
import type { ExecutionState } from '../../workflows/domain/enums.ts';
import { extentOf } from '../../workflows/domain/extent.ts';

/** What an execution's progress is worked out from; nothing of it is stored. */
export interface ProgressParts {
  readonly state: ExecutionState;
  readonly plan: Plan;
  readonly seatCount: number;
  /** Turns taken so far, failed ones included; of a compound the children that have ended. */
  readonly turns: number;
  /** The newest round in which somebody spoke; of a compound how many children have begun. */
  readonly round: number;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly errorDetails: Readonly<Record<string, unknown>> | null;
}

/** How far an execution is, for people: a share of the turns it may take at most, and a few words. */
export function progressOf(parts: ProgressParts): { percentage: number; message: string } {
  return { percentage: percentageOf(parts), message: messageOf(parts) };
}

function percentageOf({ state, plan, seatCount, turns, round }: ProgressParts): number {
  if (state === 'completed') return 100;
  const { step, most } = extentOf(plan);
  const share = {
    child: turns / most,
    round: turns / (seatCount * most),
    // Of a stage that is tried again nothing is known but that it was reached.
    stage: round / most,
    turn: turns / (seatCount * most),
  }[step];
  return Number.isFinite(share) ? Math.min(99, Math.floor(100 * share)) : 0;
}

function messageOf({ state, plan, round, output, errorDetails }: ProgressParts): string {
  const { step, most } = extentOf(plan);
  const where = most > 1 ? `${step} ${Math.max(1, round)} of at most ${most}` : 'the turn';
  const words: Readonly<Record<ExecutionState, string>> = {
    queued: 'waiting to be started',
    preparing: 'getting ready',
    running: `in ${where}`,
    paused: `paused in ${where}`,
    completed: outcomeOf(plan, output),
    failed: failureText(errorDetails) ?? 'failed',
    cancelled: 'cancelled',
  };
  return words[state];
}

/** What a failed execution says of itself. */
export function failureText(details: ProgressParts['errorDetails']): string | null {
  const text = details?.['message'];
  return typeof text === 'string' ? text : null;
}

/** How a completed execution ended, in a few words. A new topology adds its line here. */
function outcomeOf(plan: Plan, output: ProgressParts['output']): string {
  switch (plan.workflow) {
    case 'soloAgent':
      return 'answered';
    case 'debate':
      return debateWords(output ?? {});
    case 'chain':
    case 'delegation':
      return output?.['escalated'] === true ? 'answered, but not sure enough' : 'answered';
    case 'crosscheck':
      return crosscheckWords(output ?? {});
    case 'ensemble':
      return ensembleWords(output ?? {});
    case 'pipeline':
      return `all ${extentOf(plan).most} stages done`;
    case 'compound':
      return compoundWords(output ?? {});
  }
}

type Output = Readonly<Record<string, unknown>>;

function debateWords({ rounds, decidedBy, converged, budgetEnded }: Output): string {
  if (typeof rounds !== 'number') return 'answered';
  if (decidedBy === 'mediator') return `decided by the mediator in round ${rounds}`;
  return converged === true
    ? `agreed in round ${rounds}`
    : `no agreement after ${rounds} round${rounds === 1 ? '' : 's'}${budgetEnded === true ? ': the budget ended' : ''}`;
}

function crosscheckWords({ answer, rounds }: Output): string {
  const verdict =
    answer === 'approve' ? 'approved' : answer === 'reject' ? 'rejected' : 'no decision';
  return `${verdict} in round ${String(rounds)}`;
}

function ensembleWords({ method, contributions, failed }: Output): string {
  const answers = count(contributions);
  const silent = count(failed) === 0 ? '' : `, ${count(failed)} failed`;
  return `${answers} answer${answers === 1 ? '' : 's'} put together (${String(method)})${silent}`;
}

function compoundWords({ branch, children }: Output): string {
  if (branch === null) return 'no condition held';
  return `${count(children)} child${count(children) === 1 ? '' : 'ren'} took part`;
}

const count = (list: unknown): number => (Array.isArray(list) ? list.length : 0);
