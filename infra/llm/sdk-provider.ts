import { jsonSchema, type OutputInterface, streamText, tool, type ToolSet } from 'ai';
import type { ModelProvider, ModelRequest } from '../../activities/ports/models.ts';
import type { Adapter } from './adapters/adapter.ts';
import { asCallFailure } from './failures.ts';
import { readAnswer } from './read-stream.ts';
import { schemaInWords, schemaToSend } from './schema.ts';
import { withTimeLimit } from './time-limit.ts';

// What a package cannot do for a model is no news for the console of a server.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** One provider that is reached over HTTP. */
export interface SdkProvider {
  /** The owner's name for it, for messages. */
  readonly name: string;
  readonly adapter: Adapter;
  /** For keeping it out of messages. */
  readonly apiKey: string | undefined;
  /** False: the model knows no response formats, and is asked for JSON in the prompt. */
  readonly hasJsonSchema: boolean;
}

/** The models of a provider over the `ai` package: one path for all, whatever protocol the adapter speaks. */
export function makeSdkProvider({
  name,
  adapter,
  apiKey,
  hasJsonSchema,
}: SdkProvider): ModelProvider {
  return {
    isRehearsal: false,
    complete: async (request, { signal, idempotencyKey, onToken }) => {
      const who = `The model "${request.model}" of the provider "${name}"`;
      return withTimeLimit({ who, timeoutMs: request.timeoutMs, signal }, async (limited) => {
        try {
          const { fullStream } = streamText({
            model: adapter.model(request.model),
            ...promptOf(request, hasJsonSchema),
            tools: toolsOf(request),
            ...(adapter.options && { providerOptions: adapter.options(request) }),
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
    ...(schema !== null && hasJsonSchema && { output: unparsed(schema) }),
  };
}

/** The tools as the model is told of them: none can be run here. */
const toolsOf = ({ tools = [] }: ModelRequest): ToolSet =>
  Object.fromEntries(
    tools.map(({ name, description, parameters }) => [
      name,
      tool({ description, inputSchema: jsonSchema(schemaToSend(parameters)) }),
    ]),
  );

/** Asks for a structured answer and leaves the reading of it to us: the package would parse it anew with each token. */
function unparsed(schema: NonNullable<ModelRequest['schema']>): OutputInterface<string, number> {
  return {
    name: 'unparsed',
    responseFormat: Promise.resolve({
      type: 'json',
      name: schema.name,
      schema: schemaToSend(schema.json),
    }),
    parseCompleteOutput: async ({ text }) => text,
    // The package holds text back until what is parsed of it has changed.
    parsePartialOutput: async ({ text }) => ({ partial: text.length }),
    createElementStreamTransform: () => undefined,
  };
}
