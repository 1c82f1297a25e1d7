import type { ExecutionInput } from '../../contract/executions.schema.ts';
import type { Ask } from '../../contract/turns.ts';
import { contributionWeights } from '../aggregation.ts';
import type { HeardMessage } from '../prompt.ts';
import { among } from './debate-tasks.ts';

/** What a member or a synthesizer of an ensemble is to do. */
export function ensembleTask(
  ask: Extract<Ask, { kind: 'contribute' | 'synthesize' }>,
  input: ExecutionInput,
): string {
  if (ask.kind === 'synthesize')
    return `Put the answers together into one. Build on what is right in them, a higher weight counting for more; where they contradict each other, decide. ${input.options ? `${among(input)}. ` : ''}Cite the seats whose answers you use.`;
  const how = ask.method === 'average' ? 'Answer with one number' : `${among(input)}, argue for it`;
  return `Others answer the same without hearing you, and the answers are put together. ${how}, and say how sure you are.`;
}

/** The answers as their synthesizer reads them: each with its seat and its weight. */
export function weighedAnswers(
  { diversity }: Extract<Ask, { kind: 'synthesize' }>,
  heard: readonly HeardMessage[],
): string {
  const answers = heard.filter(({ kind }) => kind === 'agent');
  const weights = contributionWeights(
    answers.map(({ weight, confidence, text }) => ({ weight: weight ?? 1, confidence, text })),
    diversity,
  );
  const lines = answers.map(({ name, slot, choice, text }, i) => {
    const held = choice === null ? '' : ` [${choice}]`;
    return `${name} (${slot}, weight ${weights[i]!.toFixed(2)})${held}:\n${text}`;
  });
  const people = heard
    .filter(({ kind }) => kind === 'user')
    .map(({ name, text }) => `A person (${name}):\n${text}`);
  return `The answers:\n\n${[...lines, ...people].join('\n\n')}`;
}
