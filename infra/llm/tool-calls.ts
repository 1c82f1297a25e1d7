import type { ToolCall } from '../../activities/ports/models.ts';
import { ModelCallFailed } from '../../workflows/contract/errors.ts';
import { MAX_TEXT_BYTES, cleanText, readStructured } from './clean.ts';

/** A tool call of a model, cleaned as its text is. Throws `ModelCallFailed` when its arguments are no object. */
export function readToolCall(
  who: string,
  call: { readonly toolCallId: string; readonly toolName: string; readonly input: unknown },
): ToolCall {
  const name = cleanText(call.toolName);
  const args = argumentsOf(call.input);
  if (args === null)
    throw new ModelCallFailed(
      'invalid_output',
      `${who} called the tool "${name}" with arguments that are no JSON object: it is asked again.`,
      { retryable: true },
    );
  return { id: cleanText(call.toolCallId), name, arguments: args };
}

/** What could not be parsed is still a string; what is too long or nested too deeply is of no use. */
function argumentsOf(input: unknown): ToolCall['arguments'] | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return null;
  try {
    const json = JSON.stringify(input);
    if (json.length > MAX_TEXT_BYTES) return null;
    return readStructured(json) as ToolCall['arguments'] | null;
  } catch {
    return null;
  }
}
