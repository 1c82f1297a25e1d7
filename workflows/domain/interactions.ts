import type { Decision, InteractionKind } from './enums.ts';

/** What a person may answer to each kind of question. Every question may be rejected; an edit may be approved as it is. */
export const DECISIONS_OF: Readonly<Record<InteractionKind, readonly Decision[]>> = {
  approval: ['approve', 'reject'],
  choice: ['choose', 'reject'],
  input: ['answer', 'reject'],
  edit: ['edit', 'approve', 'reject'],
};
