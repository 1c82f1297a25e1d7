import { condition, setHandler } from '@temporalio/workflow';
import type { ExecutionRequest } from '../contract/executions.ts';
import type { GatePlace, GatePlan, GateStanding } from '../contract/gates.ts';
import { respondSignal } from '../contract/messages.ts';
import type { Outcome } from '../contract/outcomes.ts';
import { executionFailed } from './failures.ts';
import { attendInteraction, openInteraction, placeAnswer } from './records.ts';
import type { Standstill } from './search-attributes.ts';

/** How often a waiting gate looks at its own row, whatever was signalled; after hours less often, so that its history stays short. */
const LOOK_MS = 5 * 60_000;
const LOOK_SHARE = 0.02;

/** What gates need of the execution that they stand in. */
export interface Gated {
  readonly request: ExecutionRequest;
  readonly standstill: Standstill;
  /** The place in the transcript of what a person says. */
  readonly nextPlace: () => { readonly sequence: number; readonly round: number };
}

/** Where people decide whether and how an execution goes on. */
export interface Gates {
  /** The gates, as soon as they are known. */
  begin(plans: readonly GatePlan[]): void;
  /**
   * Asks people wherever a gate stands before this place, one gate after the other. Throws `rejected` or `gate_expired`;
   * returns the interactions that said more than yes.
   */
  pass(before: GatePlace, outcome?: Outcome): Promise<readonly string[]>;
}

/** Listens to `respond`. Called before the first await, so that no signal is lost. */
export function openGates({ request, standstill, nextPlace }: Gated): Gates {
  const { ownerId, executionId } = request;
  const answered = new Set<string>();
  let plans: readonly GatePlan[] = [];
  setHandler(respondSignal, ({ interactionId }) => void answered.add(interactionId));

  /** Waits for a signal, the next escalation, the deadline or the time for a look, and looks; until it is decided. */
  const untilDecided = async (opened: GateStanding, summary: string): Promise<GateStanding> => {
    const since = Date.now();
    let standing = opened;
    while (standing.state === 'waiting') {
      const { interactionId, dueMs } = standing;
      const lookMs = Math.max(LOOK_MS, LOOK_SHARE * (Date.now() - since));
      const waitMs = Math.max(1, Math.min(dueMs ?? lookMs, lookMs));
      await condition(() => answered.has(interactionId), waitMs, { summary });
      answered.delete(interactionId);
      standing = await attendInteraction({ ownerId, executionId, interactionId });
    }
    return standing;
  };

  /** Goes on as was decided; returns the interaction where the answer says more than yes. */
  const heed = async (standing: GateStanding, before: GatePlace): Promise<string | undefined> => {
    refuse(standing, before);
    if (standing.state !== 'decided' || standing.decision === 'approve') return undefined;
    const { interactionId, decision } = standing;
    if (decision === 'answer')
      await placeAnswer({ ownerId, executionId, interactionId, ...nextPlace() });
    return interactionId;
  };

  return {
    begin(known) {
      plans = known;
    },
    async pass(before, outcome) {
      const decided: string[] = [];
      for (const { index } of plans.filter((plan) => plan.before === before)) {
        const ending = outcome && { ending: { outcome, decided: [...decided] } };
        const opened = await openInteraction({ ownerId, executionId, gate: index, ...ending });
        standstill.set('a gate', opened.state === 'waiting');
        const standing = await untilDecided(opened, `${before}: waits for people`);
        standstill.set('a gate', false);
        const told = await heed(standing, before);
        if (told !== undefined) decided.push(told);
      }
      return decided;
    },
  };
}

/** Throws where the execution may not go on. */
function refuse(standing: GateStanding, before: GatePlace): void {
  if (standing.state === 'cancelled') throw cancelled();
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

const cancelled = () =>
  executionFailed('cancelled', 'The question was withdrawn, because the execution has ended.');
