import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import { ModelCallFailed } from '../../workflows/contract/errors.ts';

/** A model whose provider cannot be called as it is now, and what cures it. */
export const unavailable = (
  { provider, model }: ResolvedModel,
  why: string,
  retryable = false,
): ModelCallFailed =>
  new ModelCallFailed(
    'model_unavailable',
    `The provider "${provider}" of the model "${model}" cannot be used: ${why.replace(/\.$/, '')}.`,
    { retryable },
  );
