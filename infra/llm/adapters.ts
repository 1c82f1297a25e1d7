import type { ProviderType } from '../../workflows/domain/enums.ts';
import type { MakeAdapter } from './adapters/adapter.ts';
import { makeAnthropic } from './adapters/anthropic.ts';
import { makeGoogle } from './adapters/google.ts';
import { makeHuggingFace } from './adapters/huggingface.ts';
import { makeOllama } from './adapters/ollama.ts';
import { makeOpenAiCompatible } from './adapters/openai-compatible.ts';
import { makeOpenAi } from './adapters/openai.ts';

/** How each type of provider is spoken to; `custom` ones are modules, and the rehearsal is no server. */
export const ADAPTERS: Readonly<
  Record<Exclude<ProviderType, 'rehearsal' | 'custom'>, MakeAdapter>
> = {
  openai: makeOpenAi,
  anthropic: makeAnthropic,
  google: makeGoogle,
  ollama: makeOllama,
  huggingface: makeHuggingFace,
  openrouter: makeOpenAiCompatible,
  openai_compatible: makeOpenAiCompatible,
};
