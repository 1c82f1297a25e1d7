import type { ProviderType } from '../../workflows/domain/enums.ts';

/** The types of providers that can be called. A provider of any other type is refused where it would be used. */
export const ADAPTERS = [
  'rehearsal',
  'openai_compatible',
] as const satisfies readonly ProviderType[];
