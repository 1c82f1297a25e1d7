import type { FailureCode } from './errors.ts';

/** What goes over the live channel and is never stored. Short keys: a notification holds at most 8,000 bytes. */
export type LiveNote =
  | {
      readonly kind: 'turn';
      readonly executionId: string;
      readonly sequence: number;
      readonly slot: string;
      readonly round: number;
      readonly state: 'waiting_budget' | 'waiting_rate' | 'calling' | 'tool' | 'done' | 'failed';
      readonly model: string | null;
      readonly attempt: number;
      /** ISO 8601: when a waiting turn tries again. */
      readonly until?: string;
      readonly code?: FailureCode;
    }
  | {
      readonly kind: 'token';
      readonly executionId: string;
      readonly sequence: number;
      readonly slot: string;
      /** Characters of the text before this piece: a reader that missed some sees a gap. */
      readonly index: number;
      readonly text: string;
    }
  /** The stream of a turn begins anew: an earlier attempt died. */
  | { readonly kind: 'reset'; readonly executionId: string; readonly sequence: number };
