import { createGoogle } from '@ai-sdk/google';
import type { MakeAdapter } from './adapter.ts';

/** Google's Gemini API. */
export const makeGoogle: MakeAdapter = ({ endpoint, apiKey = '', fetch }) => ({
  model: createGoogle({ baseURL: endpoint, apiKey, fetch }),
});
