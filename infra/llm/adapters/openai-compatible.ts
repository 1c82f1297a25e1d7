import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { isStrict } from '../schema.ts';
import type { MakeAdapter } from './adapter.ts';
import { adjusting } from './adjusting.ts';

/** Whatever speaks the Chat Completions protocol: hosted services, OpenRouter, local servers such as vLLM. */
export const makeOpenAiCompatible: MakeAdapter = ({ endpoint, apiKey, fetch }) => ({
  model: createOpenAICompatible({
    name: 'openaiCompatible',
    baseURL: endpoint,
    includeUsage: true,
    supportsStructuredOutputs: true,
    ...(apiKey !== undefined && { apiKey }),
    fetch: adjusting(fetch),
  }),
  options: ({ schema }) => ({
    openaiCompatible: { ...(schema && { strictJsonSchema: isStrict(schema.json) }) },
  }),
});
