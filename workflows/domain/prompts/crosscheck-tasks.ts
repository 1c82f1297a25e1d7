import type { Ask } from '../../contract/turns.ts';

/** What a producer, a checker or a mediator of a crosscheck is to do. */
export function crosscheckTask(
  ask: Extract<Ask, { kind: 'produce' | 'check' | 'rule' }>,
  heardArtifact: boolean,
): string {
  const artifact = heardArtifact
    ? `the artifact as its producer gave it in round ${ask.round}`
    : 'the artifact above';
  switch (ask.kind) {
    case 'produce':
      return ask.round === 1
        ? 'You are the producer. Write the artifact that is asked for. Answer with the artifact alone, whole and ready to be checked.'
        : 'You are the producer. The artifact was not approved. Mend what the checkers found, and keep what they did not object to. Answer with the whole new version of the artifact alone.';
    case 'check':
      return `You are a checker; other checkers judge the same without hearing you. Check ${artifact}. Say whether you approve or reject it, and list what you found with its severity and place.`;
    case 'rule':
      return `You are the mediator. Weigh what the checkers found in ${artifact}, and decide: approve or reject.`;
  }
}
