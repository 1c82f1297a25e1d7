import type { Ask } from '../contract/turns.ts';

/** The messages that an ask about work in pieces points at, lowest first: plans, draft, guidance, reports. */
export function heardBy(ask: Ask): number[] {
  const piece = 'piece' in ask ? ask.piece : null;
  const pieces = 'pieces' in ask ? ask.pieces : [];
  const heard = [
    piece?.plan,
    'draft' in ask ? ask.draft : null,
    'guidance' in ask ? ask.guidance : null,
    ...pieces.flatMap(({ plan, report }) => [plan, report]),
  ].filter((sequence) => typeof sequence === 'number');
  return [...new Set(heard)].toSorted((a, b) => a - b);
}
