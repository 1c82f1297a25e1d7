import type { InputMapping } from '../../contract/compound.schema.ts';
import type { ExecutionInput } from '../../contract/executions.schema.ts';
import { type Known, readPath } from './paths.ts';

/** The most characters that a context may have, as `ExecutionInput` says. */
const CONTEXT_LENGTH = 500_000;
const LISTS = ['options', 'items'];
const CUT = '\n[cut: it does not fit]';

/** A child whose output the next one hears. */
export interface Previous {
  readonly name: string;
  readonly output: Readonly<Record<string, unknown>>;
}

/**
 * The input that a mapping makes, not yet validated. Texts are taken as they are, lists as lists, other values as JSON; a field for which nothing is found is left out.
 */
export function mappedInput(mapping: InputMapping, known: Known): Record<string, unknown> {
  const fields = Object.entries(mapping).map(([field, path]) => {
    const found = readPath(path!, known) ?? undefined;
    return [field, LISTS.includes(field) ? found : asText(found)] as const;
  });
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function asText(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return JSON.stringify(value, null, 1);
}

/** A child's input without a mapping: that of the whole, and what the child before it came to as context. */
export function inheritedInput(
  input: ExecutionInput,
  previous: Previous | undefined,
): ExecutionInput {
  if (!previous) return input;
  const said = `${previous.name}:\n${resultText(previous.output)}`;
  const room = CONTEXT_LENGTH - (input.context === undefined ? 0 : input.context.length + 2);
  if (room <= CUT.length) return input;
  const fitting = said.length <= room ? said : said.slice(0, room - CUT.length) + CUT;
  return {
    ...input,
    context: input.context === undefined ? fitting : `${input.context}\n\n${fitting}`,
  };
}

/** An output as the next agents read it: the answer, and the words to it where they are others. */
export function resultText({ answer, text }: Readonly<Record<string, unknown>>): string {
  const words = [answer, text].filter((each): each is string => typeof each === 'string');
  return [...new Set(words)].filter((each) => each !== '').join('\n\n') || 'No answer.';
}
