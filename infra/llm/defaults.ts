import type { ProviderType } from '../../workflows/domain/enums.ts';

/** Where hosted providers answer, unless another address is given. */
export const HOSTED_ENDPOINTS: Partial<Record<ProviderType, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  huggingface: 'https://router.huggingface.co/v1',
  openrouter: 'https://openrouter.ai/api/v1',
};

/** The model that is taken where neither the agent nor the provider's list names one. Other types have none. */
export const DEFAULT_MODELS: Partial<Record<ProviderType, string>> = {
  openai: 'gpt-4.1',
  anthropic: 'claude-sonnet-4-20250514',
  google: 'gemini-2.5-flash',
  huggingface: 'meta-llama/Llama-3.3-70B-Instruct',
  openrouter: 'openrouter/auto',
};
