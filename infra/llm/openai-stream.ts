import type { FinishReason, LanguageModelUsage, TextStreamPart, ToolSet } from 'ai';
import type { Completion, ModelRequest, TokenUsage } from '../../activities/ports.ts';
import { MAX_TEXT_BYTES, cleanText, readStructured } from './clean.ts';
import { BrokenAnswer, refusal } from './openai-failures.ts';
import { makeTextFieldReader } from './text-field.ts';
import { estimateUsage } from './usage.ts';

/** Null: the answer did not come to an end. */
const FINISH_REASONS: Readonly<Record<FinishReason, Completion['finishReason'] | null>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
  other: 'other',
  error: null,
  interrupted: null,
};

interface Ending {
  readonly reason: FinishReason;
  readonly usage: LanguageModelUsage;
  readonly requestId: string;
}

/**
 * Reads a streamed answer to its end. The package hides failures: they come as parts of the stream, and a stream that
 * simply stops has no `finish-step`. Both are thrown here.
 */
export async function readAnswer(
  stream: AsyncIterable<TextStreamPart<ToolSet>>,
  {
    who,
    request,
    onToken,
  }: { who: string; request: ModelRequest; onToken: (text: string) => void },
): Promise<Completion> {
  const began = performance.now();
  const show = request.schema ? makeTextFieldReader(onToken) : onToken;
  let firstTokenMs: number | null = null;
  let raw = '';
  let ending: Ending | null = null;
  for await (const part of stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'finish-step') ending = endingOf(part);
    if (part.type !== 'text-delta' || part.text === '') continue;
    firstTokenMs ??= Math.round(performance.now() - began);
    if (raw.length >= MAX_TEXT_BYTES) continue;
    raw += part.text;
    show(request.schema ? part.text : cleanText(part.text));
  }
  const finishReason = ending && FINISH_REASONS[ending.reason];
  if (ending === null || finishReason === null) throw new BrokenAnswer();

  const text = cleanText(raw);
  const usage = usageOf(ending.usage, estimateUsage(request, text));
  if (finishReason === 'content_filter') throw refusal(who, { usage });
  return {
    text,
    structured: request.schema ? readStructured(text) : null,
    finishReason: raw.length >= MAX_TEXT_BYTES ? 'length' : finishReason,
    usage,
    providerRequestId: ending.requestId,
    firstTokenMs,
  };
}

const endingOf = ({
  finishReason,
  usage,
  response,
}: Extract<TextStreamPart<ToolSet>, { type: 'finish-step' }>): Ending => ({
  reason: finishReason,
  usage,
  requestId: response.headers?.['x-request-id'] ?? response.id,
});

/** As the provider counted; what it does not say is estimated, so that no call looks free. */
const usageOf = (counted: LanguageModelUsage, estimate: TokenUsage): TokenUsage => ({
  input: counted.inputTokens ?? estimate.input,
  cached: counted.inputTokenDetails.cacheReadTokens ?? 0,
  output: counted.outputTokens ?? estimate.output,
  reasoning: counted.outputTokenDetails.reasoningTokens ?? 0,
});
