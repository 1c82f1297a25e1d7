import type { ModelRequest, TokenUsage } from '../../activities/ports/models.ts';

/** Characters of one token, as a rule of thumb for English. */
export const CHARS_PER_TOKEN = 4;

/** Usage where no provider counted: the rehearsal's, and that of providers that do not say. */
export function estimateUsage(request: ModelRequest, answer: string): TokenUsage {
  const asked = [
    request.system,
    ...request.messages.map(({ text }) => text),
    request.schema ? JSON.stringify(request.schema.json) : '',
    request.tools ? JSON.stringify(request.tools) : '',
  ];
  return {
    input: Math.ceil(asked.reduce((sum, { length }) => sum + length, 0) / CHARS_PER_TOKEN),
    cached: 0,
    output: Math.ceil(answer.length / CHARS_PER_TOKEN),
    reasoning: 0,
  };
}
