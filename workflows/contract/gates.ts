import type { Decision, InteractionKind, TimeoutAction } from '../domain/enums.ts';
import type { Outcome } from './outcomes.ts';

/** Where people can be asked before the work goes on. */
export type GatePlace = 'start' | 'completion' | `round:${number}` | `stage:${string}`;

/** A gate as an execution keeps it: resolved when it was accepted. */
export interface ResolvedGate {
  readonly before: GatePlace;
  readonly kind: InteractionKind;
  /** The caller's own words for the question; null: made from place and kind. */
  readonly prompt: string | null;
  /** `user:<id>` or `role:<role>`. */
  readonly approvers: readonly string[];
  readonly quorum: number;
  /** What can be chosen at a gate of kind choice; null at others. */
  readonly options: readonly string[] | null;
  /** From the opening; null: it waits until somebody decides. */
  readonly deadlineMs: number | null;
  readonly onTimeout: TimeoutAction;
  /** Who is asked as well when nobody has decided so long after the opening; in this order. */
  readonly escalation: readonly { readonly to: readonly string[]; readonly afterMs: number }[];
}

/** What a workflow knows of a gate: its place in the definition, and where it stands. Never a text or a person. */
export interface GatePlan {
  readonly index: number;
  readonly before: GatePlace;
}

/** Input of `openInteraction`. */
export interface GateOpening {
  readonly ownerId: string;
  readonly executionId: string;
  /** Of the gate in the definition. */
  readonly gate: number;
  /** Before `completion`: what the output is made from, with the interactions that have had their say about it. */
  readonly ending?: { readonly outcome: Outcome; readonly decided: readonly string[] };
}

/** Input of `askPerson`: the call in which an agent asks. */
export interface AgentsQuestion {
  readonly ownerId: string;
  readonly executionId: string;
  readonly callId: string;
}

/** What a workflow learns of a question: how it stands, never what was said. */
export type GateStanding =
  /** `dueMs`: until the next escalation or the deadline; null: neither will come. */
  | {
      readonly state: 'waiting';
      readonly interactionId: string;
      readonly dueMs: number | null;
    }
  | { readonly state: 'decided'; readonly interactionId: string; readonly decision: Decision }
  | { readonly state: 'expired'; readonly action: TimeoutAction }
  /** The execution has ended, or the question was asked anew with other content. */
  | { readonly state: 'cancelled' };

/** Names an interaction of an execution. */
export interface InteractionKey {
  readonly ownerId: string;
  readonly executionId: string;
  readonly interactionId: string;
}
