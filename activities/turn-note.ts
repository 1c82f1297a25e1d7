import type { LiveNote } from '../workflows/contract/live.ts';
import type { TurnRequest } from '../workflows/contract/turns.ts';

type TurnNote = Extract<LiveNote, { kind: 'turn' }>;

/** How a turn stands, for whoever watches. */
export const turnNote = (
  { executionId, sequence, slot, round }: TurnRequest,
  standing: Omit<TurnNote, 'kind' | 'executionId' | 'sequence' | 'slot' | 'round'>,
): TurnNote => ({ kind: 'turn', executionId, sequence, slot, round, ...standing });
