import {
  type ChatBody,
  chatRequest,
  type FakeRequest,
  strictProblem,
} from './fake-openai-answers.ts';
import {
  bearerOf,
  type FakeFinish,
  type FakeProtocol,
  type FakeUsage,
  sse,
} from './fake-protocol.ts';

/**
 * The Chat Completions protocol: `POST /v1/chat/completions`, streamed and whole. Source: OpenAI's OpenAPI description
 * (github.com/openai/openai-openapi) and API reference as of 2026: chunks of `chat.completion.chunk` with
 * `choices[].delta`, a last chunk with empty `choices` and the usage where `stream_options.include_usage` asks for it,
 * `data: [DONE]`, errors as `{error: {message, type, param, code}}`, `x-request-id` and `retry-after` headers, refusals in
 * `delta.refusal`.
 */
export const CHAT: FakeProtocol<ChatBody> = {
  path: /^\/v1\/chat\/completions$/,
  base: '/v1',
  contentType: 'text/event-stream',
  requestIdHeader: 'x-request-id',
  keyOf: bearerOf,
  read: chatRequest,
  problem: ({ response_format }) => {
    const format = response_format?.json_schema;
    const problem = format?.strict === true ? strictProblem(format.schema) : null;
    if (problem === null) return null;
    const message = `Invalid schema for response_format '${format?.name}': ${problem}`;
    return { message, param: 'response_format' };
  },
  error: (_status, { message, type = 'invalid_request_error', param = null, code = null }) => ({
    error: { message, type, param, code },
  }),
  wire: (request) => {
    const chunk = (delta: object, finish: string | null = null): string =>
      sse({
        ...envelope(request, 'chat.completion.chunk'),
        choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      });
    return {
      opening: () => chunk({ role: 'assistant', content: '', refusal: null }),
      token: (content) => chunk({ content }),
      refusal: (refusal) => chunk({ refusal }),
      toolCall: (name, args) =>
        chunk({
          tool_calls: [
            {
              index: 0,
              id: 'call_1',
              type: 'function',
              function: { name, arguments: JSON.stringify(args) },
            },
          ],
        }),
      ending: (finish, usage) =>
        [
          chunk({}, finishReason(finish)),
          usage &&
            sse({
              ...envelope(request, 'chat.completion.chunk'),
              choices: [],
              usage: chatUsage(usage),
            }),
          'data: [DONE]\n\n',
        ].join(''),
      cutShort: 'data: [DONE]\n\n',
      error: (message) =>
        sse({ error: { message, type: 'server_error', param: null, code: null } }),
    };
  },
  whole: (request, content, finish, usage) => ({
    ...envelope(request, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null },
        logprobs: null,
        finish_reason: finish,
      },
    ],
    ...(usage && { usage: chatUsage(usage) }),
  }),
};

/**
 * OpenRouter's form of it, `POST /api/v1/chat/completions`. Source: openrouter.ai/docs, "Streaming" and "Errors and
 * Debugging", as of 2026: comments keep the connection open, errors are `{error: {code, message, metadata}}` with the
 * status as their code, one within a stream comes in a chunk with the finish reason `error`.
 */
export const OPENROUTER: FakeProtocol<ChatBody> = {
  ...CHAT,
  path: /^\/api\/v1\/chat\/completions$/,
  base: '/api/v1',
  error: (status, { message }) => ({ error: { code: status, message } }),
  wire: (request, usage) => {
    const wire = CHAT.wire(request, usage);
    return {
      ...wire,
      opening: () => `: OPENROUTER PROCESSING\n\n${wire.opening()}`,
      error: (message) =>
        sse({
          ...envelope(request, 'chat.completion.chunk'),
          error: { code: 502, message },
          choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
        }),
    };
  },
};

/** A refusal is a message of its own kind that ends as any other. */
const finishReason = (finish: FakeFinish): string => (finish === 'refusal' ? 'stop' : finish);

const envelope = ({ model }: FakeRequest, object: string) => ({
  id: 'chatcmpl-fake',
  object,
  created: Math.floor(Date.now() / 1_000),
  model,
});

const chatUsage = ({ input, cached, output, reasoning }: FakeUsage) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached },
  completion_tokens_details: { reasoning_tokens: reasoning },
});
