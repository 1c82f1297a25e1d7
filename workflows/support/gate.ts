import type { ExecutionRequest } from '../contract/executions.ts';
import type { GatePlace, GatePlan, GateStanding } from '../contract/gates.ts';
import type { Outcome } from '../contract/outcomes.ts';
import { executionFailed, questionWithdrawn } from './failures.ts';
import { openInteraction, placeAnswer } from './records.ts';
import type { Questions } from './questions.ts';

/** What gates need of the execution that they stand in. */
export interface Gated {
  readonly request: ExecutionRequest;
  readonly questions: Questions;
  /** The place in the transcript of what a person says. */
  readonly nextPlace: () => { readonly sequence: number; readonly round: number };
}

/** Where people decide whether and how an execution goes on. */
export interface Gates {
  /** The gates, as soon as they are known. */
  begin(plans: readonly GatePlan[]): void;
  /**
   * Asks people wherever a gate stands before this place, one gate after the other. Throws `rejected` or `gate_expired`;
   * returns the interactions that said more than yes. Undefined: no gate stands there.
   */
  pass(before: GatePlace, outcome?: Outcome): Promise<readonly string[]> | undefined;
  /**
   * Waits until the rows say what was signalled: a turn may begin on a signal's word, but nothing comes of it before.
   * Throws as `pass` does where they say otherwise. Undefined: there is nothing to wait for.
   */
  confirmed(): Promise<unknown> | undefined;
}

/** Opens the gates of an execution. */
export function openGates({ request, questions, nextPlace }: Gated): Gates {
  const { ownerId, executionId } = request;
  let plans: readonly GatePlan[] = [];
  const confirmations: Promise<void>[] = [];

  /** Goes on as was decided; returns the interaction where the answer says more than yes. */
  const heed = async (standing: GateStanding, before: GatePlace): Promise<string | undefined> => {
    refuse(standing, before);
    if (standing.state !== 'decided' || standing.decision === 'approve') return undefined;
    const { interactionId, decision } = standing;
    if (decision === 'answer')
      await placeAnswer({ ownerId, executionId, interactionId, ...nextPlace() });
    return interactionId;
  };

  const confirm = (row: Promise<GateStanding>, before: GatePlace): void => {
    const confirming = (async () => refuse(await row, before))();
    confirming.catch(() => {}); // whoever awaits it is told
    confirmations.push(confirming);
  };
  const confirmed = () => (confirmations.length > 0 ? Promise.all(confirmations) : undefined);

  const askAll = async (
    before: GatePlace,
    standing: readonly GatePlan[],
    outcome: Outcome | undefined,
  ): Promise<readonly string[]> => {
    const decided: string[] = [];
    for (const { index } of standing) {
      const ending = outcome && { ending: { outcome, decided: [...decided] } };
      const opened = await openInteraction({ ownerId, executionId, gate: index, ...ending });
      const answer = await questions.decided(opened, `${before}: waits for people`, (row) =>
        confirm(row, before),
      );
      const told = await heed(answer, before);
      if (told !== undefined) decided.push(told);
    }
    // Nothing comes after it that would ask.
    if (before === 'completion') await confirmed();
    return decided;
  };

  return {
    begin(known) {
      plans = known;
    },
    confirmed,
    pass(before, outcome) {
      const standing = plans.filter((plan) => plan.before === before);
      const isDue = standing.length > 0 || (before === 'completion' && confirmations.length > 0);
      return isDue ? askAll(before, standing, outcome) : undefined;
    },
  };
}

/** Throws where the execution may not go on. */
function refuse(standing: GateStanding, before: GatePlace): void {
  if (standing.state === 'cancelled') throw questionWithdrawn();
  if (standing.state === 'decided' && standing.decision === 'reject') throw rejected(before);
  if (standing.state !== 'expired' || standing.action === 'approve') return;
  throw standing.action === 'reject' ? rejected(before) : expired(before);
}

const rejected = (before: GatePlace) =>
  executionFailed(
    'rejected',
    `It was rejected at the gate before ${before}; its interaction says by whom and why. Mend that, and retry or start anew.`,
  );

const expired = (before: GatePlace) =>
  executionFailed(
    'gate_expired',
    `Nobody decided in time at the gate before ${before}; retry it when somebody can, or give the gate a later deadline.`,
  );
