import { createAnthropic } from '@ai-sdk/anthropic';
import type { MakeAdapter } from './adapter.ts';

/** Anthropic's Messages API. */
export const makeAnthropic: MakeAdapter = ({ endpoint, apiKey = '', fetch }) => ({
  model: createAnthropic({ baseURL: endpoint, apiKey, fetch }),
});
