import { type Attributes, SpanKind } from '@opentelemetry/api';
import type {
  Completion,
  ModelProvider,
  ModelRequest,
  Models,
} from '../../activities/ports/models.ts';
import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import { traced } from './traced.ts';

/**
 * Models whose every call is a span, by OpenTelemetry's semantic conventions for generative AI: who was asked for how
 * much, and what it used. What was said is never in it.
 */
export const tracedModels = (models: Models): Models => ({
  async open(ownerId, model) {
    return tracedProvider(await models.open(ownerId, model), model);
  },
});

const tracedProvider = (provider: ModelProvider, model: ResolvedModel): ModelProvider => ({
  ...provider,
  complete: (request, options) =>
    traced(
      {
        name: `chat ${request.model}`,
        kind: SpanKind.CLIENT,
        attributes: askedOf(request, model),
      },
      async (span) => {
        const completion = await provider.complete(request, options);
        span.setAttributes(usedBy(completion));
        return completion;
      },
    ),
});

const askedOf = (request: ModelRequest, { provider, providerType }: ResolvedModel): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': providerType,
  'gen_ai.request.model': request.model,
  'gen_ai.request.temperature': request.temperature,
  'gen_ai.request.max_tokens': request.maxTokens,
  'gen_ai.output.type': request.schema === null ? 'text' : 'json',
  'conclave.provider': provider,
});

const usedBy = ({ finishReason, usage }: Completion): Attributes => ({
  'gen_ai.response.finish_reasons': [finishReason],
  'gen_ai.usage.input_tokens': usage.input,
  'gen_ai.usage.output_tokens': usage.output,
  'gen_ai.usage.cache_read.input_tokens': usage.cached,
});
