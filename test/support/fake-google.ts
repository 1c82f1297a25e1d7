import type { Schema } from './fake-openai-answers.ts';
import {
  type FakeFinish,
  type FakeProtocol,
  type FakeUsage,
  headerOf,
  sse,
} from './fake-protocol.ts';

/** The body of a request, as far as the fake reads it. */
export interface GenerateContentBody {
  readonly contents: readonly { readonly parts: readonly { readonly text?: string }[] }[];
  readonly generationConfig?: {
    readonly maxOutputTokens?: number;
    readonly responseSchema?: Schema;
    readonly responseJsonSchema?: Schema;
  };
  readonly tools?: readonly {
    readonly functionDeclarations?: readonly {
      readonly name: string;
      readonly parameters?: Schema;
      readonly parametersJsonSchema?: Schema;
    }[];
  }[];
}

const FINISH_REASONS: Readonly<Record<FakeFinish, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  refusal: 'PROHIBITED_CONTENT',
  content_filter: 'SAFETY',
};
const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

/**
 * Google's Gemini API, `POST /v1beta/models/<model>:streamGenerateContent?alt=sse`. Source: ai.google.dev/api,
 * "generateContent" and "GenerateContentResponse", `v1beta` as of 2026: events are whole responses with parts of the
 * content and the usage so far; `candidatesTokenCount` does not count `thoughtsTokenCount`, `promptTokenCount` counts
 * `cachedContentTokenCount`; a prompt that is refused has `promptFeedback.blockReason` and no candidates; errors are
 * `{error: {code, message, status, details}}`; the key in `x-goog-api-key`.
 */
export const GOOGLE: FakeProtocol<GenerateContentBody> = {
  path: /^\/v1beta\/models\/[^/]+:streamGenerateContent\?alt=sse$/,
  base: '/v1beta',
  contentType: 'text/event-stream',
  keyOf: (headers) => headerOf(headers, 'x-goog-api-key'),
  read: ({ contents, generationConfig, tools }, url) => {
    const tool = tools?.[0]?.functionDeclarations?.[0];
    return {
      model: /models\/([^:]+):/.exec(url)![1]!,
      asked: contents,
      question:
        contents
          .at(-1)
          ?.parts.map(({ text = '' }) => text)
          .join('') ?? '',
      schema: generationConfig?.responseJsonSchema ?? generationConfig?.responseSchema,
      tool: tool && {
        name: tool.name,
        schema: tool.parametersJsonSchema ?? tool.parameters ?? {},
      },
      maxTokens: generationConfig?.maxOutputTokens,
      isStreamed: true,
      wantsUsage: true,
    };
  },
  error: (status, { message }) => ({
    error: { code: status, message, status: STATUSES[status] ?? 'INTERNAL' },
  }),
  wire: ({ model }) => {
    const say = (fields: object): string =>
      sse({ ...fields, modelVersion: model, responseId: 'google-fake' });
    return {
      opening: () => '',
      token: (text) => say(candidate([{ text }])),
      toolCall: (name, args) => say(candidate([{ functionCall: { name, args } }])),
      ending: (finish, usage) => {
        const end =
          finish === 'refusal'
            ? { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }
            : candidate([{ text: '' }], { finishReason: FINISH_REASONS[finish] });
        return say({ ...end, ...(usage && { usageMetadata: usageOf(usage) }) });
      },
      error: (message) => sse({ error: { code: 503, message, status: 'UNAVAILABLE' } }),
    };
  },
};

const candidate = (parts: readonly object[], rest: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...rest }],
});

const usageOf = ({ input, cached, output, reasoning }: FakeUsage) => ({
  promptTokenCount: input,
  cachedContentTokenCount: cached,
  candidatesTokenCount: output - reasoning,
  thoughtsTokenCount: reasoning,
  totalTokenCount: input + output,
});
