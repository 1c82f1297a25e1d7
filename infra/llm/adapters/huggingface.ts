import { createHuggingFace } from '@ai-sdk/huggingface';
import { isStrict } from '../schema.ts';
import type { MakeAdapter } from './adapter.ts';

/** Hugging Face's router, by its Responses API. */
export const makeHuggingFace: MakeAdapter = ({ endpoint, apiKey = '', fetch }) => ({
  model: createHuggingFace({ baseURL: endpoint, apiKey, fetch }),
  options: ({ schema }) => ({
    huggingface: { ...(schema && { strictJsonSchema: isStrict(schema.json) }) },
  }),
});
