import { createOllama } from 'ollama-ai-provider-v2';
import type { MakeAdapter } from './adapter.ts';
import { checkedLines } from './checked-lines.ts';

/** Ollama's own API, `/api/chat`. */
export const makeOllama: MakeAdapter = ({ endpoint, apiKey, fetch }) => ({
  model: createOllama({
    baseURL: endpoint.endsWith('/api') ? endpoint : `${endpoint}/api`,
    ...(apiKey !== undefined && { headers: { authorization: `Bearer ${apiKey}` } }),
    fetch: checkedLines(fetch),
  }),
  // The package sends both beside `options`, where the server does not read them.
  options: ({ temperature, maxTokens }) => ({
    ollama: { options: { temperature, num_predict: maxTokens } },
  }),
});
