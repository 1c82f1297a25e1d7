import { CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow';
import type { ExecutionRequest } from '../contract/executions.ts';
import type { GateStanding } from '../contract/gates.ts';
import { type Answered, respondSignal } from '../contract/messages.ts';
import { askPerson, attendInteraction, withdrawQuestion } from './records.ts';
import type { Standstill } from './search-attributes.ts';

/** How often a waiting question looks at its own row, whatever was signalled; after hours less often, so that its history stays short. */
const LOOK_MS = 5 * 60_000;
const LOOK_SHARE = 0.02;

type Waiting = Extract<GateStanding, { state: 'waiting' }>;
type Confirm = (row: Promise<GateStanding>) => void;

/** Questions to people, of gates and of agents. */
export interface Questions {
  /**
   * Waits until a question is decided, has expired or was withdrawn; `summary` says in Temporal what is waited for. With
   * `confirm` an approval is believed as soon as it is signalled, and what the row says comes to `confirm` a little later.
   */
  decided(opened: GateStanding, summary: string, confirm?: Confirm): Promise<GateStanding>;
  /** Asks what an agent asks in a call, and waits as long. Where the seat is not needed any more, the question is withdrawn. */
  ask(callId: string, slot: string): Promise<GateStanding>;
}

/** Listens to `respond`. Called before the first await, so that no signal is lost. */
export function openQuestions(
  { ownerId, executionId }: ExecutionRequest,
  standstill: Standstill,
): Questions {
  const answered = new Map<string, Answered>();
  setHandler(respondSignal, (answer) => void answered.set(answer.interactionId, answer));

  /** Waits for a signal, the next escalation, the deadline or the time for a look, and looks; until it is decided. */
  const untilDecided: Questions['decided'] = async (opened, summary, confirm) => {
    const since = Date.now();
    let standing = opened;
    while (standing.state === 'waiting') {
      const { interactionId, dueMs } = standing;
      const lookMs = Math.max(LOOK_MS, LOOK_SHARE * (Date.now() - since));
      const waitMs = Math.max(1, Math.min(dueMs ?? lookMs, lookMs));
      await condition(() => answered.has(interactionId), waitMs, { summary });
      const decision = answered.get(interactionId)?.decision;
      answered.delete(interactionId);
      const row = attendInteraction({ ownerId, executionId, interactionId });
      if (confirm && decision === 'approve') {
        confirm(row.then((read) => untilDecided(read, summary)));
        return { state: 'decided', interactionId, decision };
      }
      standing = await row;
    }
    return standing;
  };

  /** The execution shows that it stands still while a question is open; several may be. */
  const decided: Questions['decided'] = async (opened, summary, confirm) => {
    if (opened.state !== 'waiting') return opened;
    standstill.set(opened.interactionId, true);
    const standing = await untilDecided(opened, summary, confirm);
    standstill.set(opened.interactionId, false);
    return standing;
  };

  const withdraw = async ({ interactionId }: Waiting): Promise<void> => {
    standstill.set(interactionId, false);
    await withdrawQuestion({ ownerId, executionId, interactionId });
  };

  return {
    decided,
    async ask(callId, slot) {
      const question = { ownerId, executionId, callId };
      // Once asked for it is asked, whoever has no need of it meanwhile: else nobody would know what to withdraw.
      const opened = await CancellationScope.nonCancellable(() => askPerson(question));
      try {
        return await decided(opened, `${slot} asks a person`);
      } catch (error) {
        if (opened.state === 'waiting' && isCancellation(error))
          await CancellationScope.nonCancellable(() => withdraw(opened));
        throw error;
      }
    },
  };
}
