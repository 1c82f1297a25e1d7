import type { FinishReason, LanguageModelUsage, TextStreamPart, ToolSet } from 'ai';
import type {
  Completion,
  ModelRequest,
  TokenUsage,
  ToolCall,
} from '../../activities/ports/models.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { MAX_TEXT_BYTES, cleanText, readStructured } from './clean.ts';
import { BrokenAnswer, refusal } from './failures.ts';
import { makeTextFieldReader } from './text-field.ts';
import { readToolCall } from './tool-calls.ts';
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

/** Of one answer; no agent may make more. */
const MAX_TOOL_CALLS = 100;

type FinishPart = Extract<TextStreamPart<ToolSet>, { type: 'finish-step' }>;

/**
 * Reads a streamed answer to its end. The package hides failures: they come as parts of the stream, and a stream that
 * simply stops has no `finish-step`, or one without a reason. All are thrown here.
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
  const toolCalls: ToolCall[] = [];
  let firstTokenMs: number | null = null;
  let raw = '';
  let ending: FinishPart | null = null;
  for await (const part of stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'finish-step') ending = part;
    if (part.type === 'tool-call' && !part.providerExecuted && toolCalls.length < MAX_TOOL_CALLS)
      toolCalls.push(readToolCall(who, part));
    if (part.type !== 'text-delta' || part.text === '') continue;
    if (firstTokenMs === null) crashPoint('t4');
    firstTokenMs ??= Math.round(performance.now() - began);
    if (raw.length >= MAX_TEXT_BYTES) continue;
    raw += part.text;
    show(request.schema ? part.text : cleanText(part.text));
  }
  if (ending === null) throw new BrokenAnswer();

  const text = cleanText(raw);
  const usage = usageOf(ending.usage, estimateUsage(request, text));
  const finishReason = finishReasonOf(ending, toolCalls.length > 0);
  if (finishReason === 'content_filter') throw refusal(who, { usage });
  return {
    text,
    structured: request.schema ? readStructured(text) : null,
    toolCalls,
    finishReason: raw.length >= MAX_TEXT_BYTES ? 'length' : finishReason,
    usage,
    providerRequestId: requestIdOf(ending),
    firstTokenMs,
  };
}

/** Packages differ in what they make of reasons that they do not know; throws `BrokenAnswer` where there is none. */
function finishReasonOf(
  { finishReason, rawFinishReason }: FinishPart,
  hasToolCalls: boolean,
): Completion['finishReason'] {
  const isUnsaid = finishReason === 'other' && rawFinishReason === undefined;
  const reason = rawFinishReason === 'error' || isUnsaid ? null : FINISH_REASONS[finishReason];
  if (reason === null) throw new BrokenAnswer();
  if (rawFinishReason === 'max_output_tokens') return 'length';
  return hasToolCalls && reason === 'stop' ? 'tool_calls' : reason;
}

/** Null where the provider has none: the package makes one up then. */
const requestIdOf = ({ response: { headers, id } }: FinishPart): string | null =>
  headers?.['x-request-id'] ?? headers?.['request-id'] ?? (id.startsWith('aitxt-') ? null : id);

/** As the provider counted; what it does not say is estimated, so that no call looks free. */
const usageOf = (counted: LanguageModelUsage, estimate: TokenUsage): TokenUsage => ({
  input: counted.inputTokens ?? estimate.input,
  cached: counted.inputTokenDetails.cacheReadTokens ?? 0,
  output: counted.outputTokens ?? estimate.output,
  reasoning: counted.outputTokenDetails.reasoningTokens ?? 0,
});
