import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type OutputInterface, streamText } from 'ai';
import type { ModelProvider, ModelRequest } from '../../activities/ports.ts';
import { asCallFailure } from './openai-failures.ts';
import { isStrict, schemaInWords, schemaToSend } from './openai-schema.ts';
import { readAnswer } from './openai-stream.ts';
import { withTimeLimit } from './time-limit.ts';

/** One provider that speaks the Chat Completions protocol. */
export interface OpenAiCompatible {
  /** The owner's name for it, for messages. */
  readonly name: string;
  /** The address that `/chat/completions` is added to; it usually ends in `/v1`. */
  readonly endpoint: string;
  /** Sent as a bearer token; undefined: no credentials. */
  readonly apiKey: string | undefined;
  /** False: the model knows no response formats, and is asked for JSON in the prompt. */
  readonly hasJsonSchema: boolean;
}

/** The models behind an OpenAI-compatible address: hosted ones, or local ones such as vLLM's and Ollama's `/v1`. */
export function makeOpenAiCompatible(options: OpenAiCompatible): ModelProvider {
  const { name, endpoint, apiKey, hasJsonSchema } = options;
  const provider = createOpenAICompatible({
    name: 'openaiCompatible',
    baseURL: endpoint.replace(/\/+$/, ''),
    includeUsage: true,
    supportsStructuredOutputs: true,
    ...(apiKey !== undefined && { apiKey }),
    // Not followed: the address was checked, the one it points to was not.
    fetch: async (url, init) => fetch(url, { ...init, redirect: 'manual' }),
  });

  return {
    isRehearsal: false,
    complete: async (request, { signal, idempotencyKey, onToken }) => {
      const who = `The model "${request.model}" of the provider "${name}"`;
      return withTimeLimit({ who, timeoutMs: request.timeoutMs, signal }, async (limited) => {
        try {
          const { fullStream } = streamText({
            model: provider(request.model),
            ...promptOf(request, hasJsonSchema),
            temperature: request.temperature,
            maxOutputTokens: request.maxTokens,
            maxRetries: 0,
            abortSignal: limited,
            headers: { 'idempotency-key': idempotencyKey },
            // Failures are parts of the stream, and are read there.
            onError: () => {},
          });
          return await readAnswer(fullStream, { who, request, onToken });
        } catch (error) {
          throw asCallFailure(error, { who, request, apiKey });
        }
      });
    },
  };
}

function promptOf({ system, messages, schema }: ModelRequest, hasJsonSchema: boolean) {
  const isInWords = schema !== null && !hasJsonSchema;
  return {
    instructions: isInWords ? `${system}\n\n${schemaInWords(schema.json)}` : system,
    messages: messages.map(({ role, text }) => ({ role, content: text })),
    ...(schema !== null &&
      hasJsonSchema && {
        output: unparsed(schema),
        providerOptions: { openaiCompatible: { strictJsonSchema: isStrict(schema.json) } },
      }),
  };
}

/** Asks for a structured answer and leaves the reading of it to us: the package would parse it anew with each token. */
function unparsed(schema: NonNullable<ModelRequest['schema']>): OutputInterface<string, never> {
  return {
    name: 'unparsed',
    responseFormat: Promise.resolve({
      type: 'json',
      name: schema.name,
      schema: schemaToSend(schema.json),
    }),
    parseCompleteOutput: async ({ text }) => text,
    parsePartialOutput: async () => undefined,
    createElementStreamTransform: () => undefined,
  };
}
