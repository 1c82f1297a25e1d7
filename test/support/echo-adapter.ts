import type { Adapter, Connection } from '../../infra/llm/adapters/adapter.ts';

type Model = Extract<ReturnType<Adapter['model']>, { readonly specificationVersion: 'v4' }>;
type Streamed = Awaited<ReturnType<Model['doStream']>>;
type Part = Streamed['stream'] extends ReadableStream<infer Each> ? Each : never;

/** An adapter as an operator would write one: its models say what they heard, word by word. */
export default function echo({ apiKey = '' }: Connection): (name: string) => Model {
  return (modelId) => ({
    specificationVersion: 'v4',
    provider: 'echo',
    modelId,
    supportedUrls: {},
    doGenerate: async () => {
      throw new Error('Conclave streams every answer');
    },
    doStream: async ({ prompt }) => {
      const heard = prompt.flatMap(({ role, content }) =>
        role === 'user' ? content.flatMap((part) => (part.type === 'text' ? [part.text] : [])) : [],
      );
      const text = `${modelId} with a key of ${apiKey.length} characters heard: ${heard.join('')}`;
      return { stream: ReadableStream.from(partsOf(text)) };
    },
  });
}

function* partsOf(text: string): Generator<Part> {
  yield { type: 'stream-start', warnings: [] };
  yield { type: 'text-start', id: 't' };
  for (const word of text.split(/(?<= )/)) yield { type: 'text-delta', id: 't', delta: word };
  yield { type: 'text-end', id: 't' };
  yield {
    type: 'finish',
    finishReason: { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: 5, noCache: 4, cacheRead: 1, cacheWrite: 0 },
      outputTokens: { total: 7, text: 5, reasoning: 2 },
    },
  };
}
