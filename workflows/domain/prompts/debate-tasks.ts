import type { ExecutionInput } from '../../contract/executions.schema.ts';
import type { Ask } from '../../contract/turns.ts';

/** How a position is to be given. */
export const among = ({ options }: ExecutionInput): string =>
  options ? 'Choose exactly one of the options' : 'State your position in one sentence';

/** What a debater, a mediator or a judge is to do. */
export function debateTask(
  ask: Extract<Ask, { kind: 'position' | 'mediate' | 'group' }>,
  input: ExecutionInput,
): string {
  switch (ask.kind) {
    case 'position':
      return ask.round === 1
        ? `This is round 1 of at most ${ask.maxRounds}. ${among(input)}, argue for it, and say how sure you are.`
        : `This is round ${ask.round} of at most ${ask.maxRounds}. You have heard the others. Restate your position, changed or not. ${among(input)}, answer the best argument against it, and say how sure you are.`;
    case 'mediate':
      return ask.mayContinue
        ? 'You are the mediator. Weigh what was said. Decide, or ask for another round if that could change the outcome.'
        : 'You are the mediator. Weigh what was said, and decide.';
    case 'group':
      return 'Put positions that mean the same into one group, whatever their wording. Every label belongs to exactly one group.';
  }
}
