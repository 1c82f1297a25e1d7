import { createOpenAI } from '@ai-sdk/openai';
import { isStrict } from '../schema.ts';
import type { MakeAdapter } from './adapter.ts';

/** OpenAI's Responses API. Answers are not kept there: `store` is false. */
export const makeOpenAi: MakeAdapter = ({ endpoint, apiKey = '', fetch }) => ({
  model: createOpenAI({ baseURL: endpoint, apiKey, fetch }),
  options: ({ schema }) => ({
    openai: { store: false, ...(schema && { strictJsonSchema: isStrict(schema.json) }) },
  }),
});
