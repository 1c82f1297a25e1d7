import type { FakeRequest, Schema } from './fake-openai-answers.ts';
import {
  bearerOf,
  type FakeFinish,
  type FakeProtocol,
  type FakeUsage,
  sse,
} from './fake-protocol.ts';

/** The body of a request, as far as the fake reads it. */
export interface ResponsesBody {
  readonly model: string;
  readonly input: readonly { readonly role: string; readonly content: unknown }[];
  readonly stream?: boolean;
  readonly max_output_tokens?: number;
  readonly store?: boolean;
  readonly text?: {
    readonly format?: { readonly schema?: Schema; readonly strict?: boolean };
  };
  readonly tools?: readonly { readonly name: string; readonly parameters: Schema }[];
}

/**
 * OpenAI's Responses API, `POST /v1/responses`, streamed. Source: API reference, "Streaming events", and OpenAI's OpenAPI
 * description as of 2026: events named by their `type` and numbered, `response.created`, `response.output_item.added`,
 * `response.output_text.delta`, `response.refusal.delta`, `response.function_call_arguments.delta`, at the end
 * `response.completed`, or `response.incomplete` with the reason `max_output_tokens` or `content_filter`; `error` for a
 * failure within the stream.
 */
export const RESPONSES: FakeProtocol<ResponsesBody> = {
  path: /^\/v1\/responses$/,
  base: '/v1',
  contentType: 'text/event-stream',
  requestIdHeader: 'x-request-id',
  keyOf: bearerOf,
  read: ({ model, input, text, tools, max_output_tokens, stream }) => ({
    model,
    asked: input,
    question: textOf(input.findLast(({ role }) => role === 'user')?.content),
    schema: text?.format?.schema,
    tool: tools?.[0] && { name: tools[0].name, schema: tools[0].parameters },
    maxTokens: max_output_tokens,
    isStreamed: stream === true,
    wantsUsage: true,
  }),
  error: (_status, { message, type = 'invalid_request_error', param = null, code = null }) => ({
    error: { message, type, param, code },
  }),
  wire: (request) => wireOf(request, INCOMPLETE),
};

/**
 * Hugging Face's router, `POST /v1/responses`. Source: github.com/huggingface/responses.js as of 2026: the same events
 * without refusals, `response.completed` also for an answer that was cut or filtered, errors as `{error: "…"}`.
 */
export const HUGGINGFACE: FakeProtocol<ResponsesBody> = {
  ...RESPONSES,
  error: (_status, { message }) => ({ error: message }),
  wire: (request) => {
    const { refusal: _none, ...wire } = wireOf(request, 'response.completed');
    return wire;
  },
};

const INCOMPLETE = 'response.incomplete';
const REASONS: Partial<Record<FakeFinish, string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

function wireOf(request: FakeRequest, whenIncomplete: string) {
  let sequence = 0;
  let text = '';
  const say = (type: string, fields: object): string =>
    sse({ type, sequence_number: sequence++, ...fields }, type);
  const message = { id: 'msg_1', type: 'message', role: 'assistant' };
  const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1' };
  const at = { output_index: 0, content_index: 0, item_id: 'msg_1' };
  return {
    opening: () =>
      say('response.created', { response: responseOf(request, 'in_progress') }) +
      say('response.output_item.added', {
        output_index: 0,
        item: { ...message, status: 'in_progress', content: [] },
      }),
    token: (delta: string) => {
      text += delta;
      return say('response.output_text.delta', { ...at, delta, logprobs: [] });
    },
    refusal: (delta: string) => {
      text += delta;
      return say('response.refusal.delta', { ...at, delta });
    },
    toolCall: (name: string, args: unknown) => {
      const json = JSON.stringify(args);
      const item = { output_index: 1, item: { ...call, name, arguments: '' } };
      return (
        say('response.output_item.added', item) +
        say('response.function_call_arguments.delta', {
          output_index: 1,
          item_id: 'fc_1',
          delta: json,
        }) +
        say('response.output_item.done', {
          output_index: 1,
          item: { ...call, status: 'completed', name, arguments: json },
        })
      );
    },
    ending: (finish: FakeFinish, usage: FakeUsage | null) => {
      const reason = REASONS[finish];
      const refused =
        finish === 'refusal' && say('response.refusal.done', { ...at, refusal: text });
      const content = [{ type: 'output_text', text, annotations: [] }];
      const item = { ...message, status: 'completed', content };
      const type = reason === undefined ? 'response.completed' : whenIncomplete;
      const response = {
        ...responseOf(request, reason === undefined ? 'completed' : 'incomplete'),
        incomplete_details: reason === undefined ? null : { reason },
        usage: usage && responsesUsage(usage),
      };
      return `${refused || ''}${say('response.output_item.done', { output_index: 0, item })}${say(type, { response })}`;
    },
    error: (reason: string) => say('error', { code: 'server_error', message: reason, param: null }),
  };
}

const responseOf = ({ model }: FakeRequest, status: string) => ({
  id: 'resp_fake',
  object: 'response',
  created_at: Math.floor(Date.now() / 1_000),
  status,
  model,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  metadata: {},
  output: [],
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  usage: null,
});

const responsesUsage = ({ input, cached, output, reasoning }: FakeUsage) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: input + output,
});

/** A text, or parts that have one each. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return (Array.isArray(content) ? (content as { text?: string }[]) : [])
    .map(({ text = '' }) => text)
    .join('');
}
