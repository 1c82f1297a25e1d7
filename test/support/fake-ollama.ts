import type { Schema } from './fake-openai-answers.ts';
import { bearerOf, type FakeProtocol } from './fake-protocol.ts';

/** The body of a request, as far as the fake reads it. */
export interface OllamaBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly format?: Schema;
  readonly options?: { readonly num_predict?: number; readonly temperature?: number };
  readonly tools?: readonly {
    readonly function: { readonly name: string; readonly parameters: Schema };
  }[];
}

/**
 * Ollama's API, `POST /api/chat`, streamed. Source: docs.ollama.com/api, "Generate a chat message", "Streaming" and
 * "Errors", version 0.40: lines of JSON with `message.content`, the last one with `done`, `done_reason` and the counts;
 * tool calls whole, with their arguments as an object; errors as `{"error": "…"}`, within the stream as a line.
 */
export const OLLAMA: FakeProtocol<OllamaBody> = {
  path: /^\/api\/chat$/,
  base: '',
  contentType: 'application/x-ndjson',
  keyOf: bearerOf,
  read: ({ model, messages, format, options, tools, stream }) => ({
    model,
    asked: messages,
    question: messages.at(-1)?.content ?? '',
    schema: format,
    tool: tools?.[0] && { name: tools[0].function.name, schema: tools[0].function.parameters },
    maxTokens: options?.num_predict,
    isStreamed: stream !== false,
    wantsUsage: true,
  }),
  error: (_status, { message }) => ({ error: message }),
  wire: ({ model }) => {
    const line = (message: object, rest: object = {}): string =>
      say({
        model,
        created_at: new Date().toISOString(),
        message: { role: 'assistant', content: '', ...message },
        done: false,
        ...rest,
      });
    return {
      opening: () => '',
      token: (content) => line({ content }),
      toolCall: (name, args) => line({ tool_calls: [{ function: { name, arguments: args } }] }),
      ending: (finish, usage) =>
        line(
          {},
          {
            done: true,
            done_reason: finish === 'length' ? 'length' : 'stop',
            ...(usage && { prompt_eval_count: usage.input, eval_count: usage.output }),
          },
        ),
      error: (message) => say({ error: message }),
    };
  },
};

const say = (fields: object): string => `${JSON.stringify(fields)}\n`;
