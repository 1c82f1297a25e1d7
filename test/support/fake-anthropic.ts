import type { FakeRequest, Schema } from './fake-openai-answers.ts';
import {
  type FakeFinish,
  type FakeProtocol,
  type FakeUsage,
  headerOf,
  sse,
} from './fake-protocol.ts';

/** The body of a request, as far as the fake reads it. */
export interface MessagesBody {
  readonly model: string;
  readonly messages: readonly {
    readonly role: string;
    readonly content: readonly { readonly text?: string }[];
  }[];
  readonly max_tokens: number;
  readonly stream?: boolean;
  readonly output_config?: { readonly format?: { readonly schema: Schema } };
  readonly tools?: readonly { readonly name: string; readonly input_schema: Schema }[];
  readonly tool_choice?: { readonly type: string; readonly name?: string };
}

const STOP_REASONS: Readonly<Record<FakeFinish, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  refusal: 'refusal',
  content_filter: 'refusal',
};
const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/**
 * Anthropic's Messages API, `POST /v1/messages`, streamed. Source: docs.anthropic.com, "Streaming messages", "Errors" and
 * "Handling stop reasons", version `2023-06-01`: named events `message_start` (with the input's usage, which does not
 * count what was read from the cache), `content_block_start|delta|stop`, `ping`, `message_delta` (stop reason and output's
 * usage), `message_stop`, `error`; errors as `{type: "error", error: {type, message}, request_id}`; the key in `x-api-key`.
 * A tool that must be called is called with the answer as its input, piece by piece: so are structured answers asked for.
 */
export const ANTHROPIC: FakeProtocol<MessagesBody> = {
  path: /^\/v1\/messages$/,
  base: '/v1',
  contentType: 'text/event-stream',
  requestIdHeader: 'request-id',
  keyOf: (headers) => headerOf(headers, 'x-api-key'),
  read: (body) => {
    const [tool] = body.tools ?? [];
    return {
      model: body.model,
      asked: body.messages,
      question:
        body.messages
          .at(-1)
          ?.content.map(({ text = '' }) => text)
          .join('') ?? '',
      schema: forcedTool(body)?.input_schema ?? body.output_config?.format?.schema,
      tool: tool && { name: tool.name, schema: tool.input_schema },
      forcedTool: forcedTool(body)?.name,
      maxTokens: body.max_tokens,
      isStreamed: body.stream === true,
      wantsUsage: true,
    };
  },
  error: (status, { message }) => ({
    type: 'error',
    error: { type: ERROR_TYPES[status] ?? 'api_error', message },
    request_id: 'req_fake',
  }),
  wire: (
    request: FakeRequest & { readonly forcedTool?: string | undefined },
    { input, cached },
  ) => {
    const { model, forcedTool: name } = request;
    return {
      opening: () =>
        say('message_start', { message: messageOf(model, { input, cached }) }) +
        start(0, name === undefined ? { type: 'text', text: '' } : toolUse('toolu_0', name)) +
        say('ping', {}),
      token: (text) =>
        delta(
          0,
          name === undefined
            ? { type: 'text_delta', text }
            : { type: 'input_json_delta', partial_json: text },
        ),
      toolCall: (tool, args) =>
        start(1, toolUse('toolu_1', tool)) +
        delta(1, { type: 'input_json_delta', partial_json: JSON.stringify(args) }) +
        say('content_block_stop', { index: 1 }),
      ending: (finish, usage) =>
        say('content_block_stop', { index: 0 }) +
        say('message_delta', {
          delta: {
            stop_reason: name === undefined ? STOP_REASONS[finish] : 'tool_use',
            stop_sequence: null,
          },
          usage: { output_tokens: usage?.output ?? 0 },
        }) +
        say('message_stop', {}),
      error: (message) => say('error', { error: { type: 'overloaded_error', message } }),
    };
  },
};

const forcedTool = ({ tools, tool_choice }: MessagesBody) =>
  tool_choice?.type === 'tool' || tool_choice?.type === 'any'
    ? tools?.find(({ name }) => tool_choice.name === undefined || name === tool_choice.name)
    : undefined;

const say = (type: string, fields: object): string => sse({ type, ...fields }, type);
const start = (index: number, content_block: object): string =>
  say('content_block_start', { index, content_block });
const delta = (index: number, part: object): string =>
  say('content_block_delta', { index, delta: part });
const toolUse = (id: string, name: string) => ({ type: 'tool_use', id, name, input: {} });

const messageOf = (model: string, { input, cached }: Pick<FakeUsage, 'input' | 'cached'>) => ({
  id: 'msg_fake',
  type: 'message',
  role: 'assistant',
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: {
    input_tokens: input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: 1,
  },
});
