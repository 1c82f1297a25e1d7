import type { Ask } from '../contract/turns.ts';

/** A turn as the Temporal UI names it: `round 2: critic_1`. */
export function turnSummary(
  { ask, round }: { readonly ask: Ask; readonly round: number },
  slot: string,
): string {
  switch (ask.kind) {
    case 'answer':
      return slot;
    case 'position':
      return `round ${ask.round}: ${slot}`;
    case 'mediate':
      return `round ${ask.round}: ${slot} decides`;
    case 'group':
      return `round ${ask.round}: ${slot} groups the positions`;
    case 'split':
    case 'assign':
      return `round ${round}: ${slot} plans`;
    case 'guide':
      return `round ${round}: ${slot} gives guidance`;
    case 'report':
      return `round ${round}: ${slot} ${REPORTING[ask.how]}`;
    case 'produce':
      return `round ${ask.round}: ${slot} writes the artifact`;
    case 'check':
      return `round ${ask.round}: ${slot} checks`;
    case 'rule':
      return `round ${ask.round}: ${slot} decides`;
    case 'contribute':
      return slot;
    case 'synthesize':
      return `${slot} puts the answers together`;
  }
}

const REPORTING = {
  work: 'works',
  merge: 'merges the reports',
  redo: 'works again',
  takeOver: 'takes over',
} as const;
