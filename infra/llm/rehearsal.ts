import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Completion,
  ModelProvider,
  ModelRequest,
  ToolCall,
} from '../../activities/ports/models.ts';
import type { RehearsalEntry } from '../../workflows/contract/rehearsal.schema.ts';
import { cleanText, readStructured } from './clean.ts';
import { composeAnswer } from './rehearsal-answer.ts';
import { throwFault } from './rehearsal-faults.ts';
import { makeTextFieldReader } from './text-field.ts';
import { withTimeLimit } from './time-limit.ts';
import { readToolCall } from './tool-calls.ts';
import { CHARS_PER_TOKEN, estimateUsage } from './usage.ts';

const NO_FORM = 'I would rather answer this in my own words than in the form that was asked for.';

/**
 * The offline provider: follows the request's schema and the agent's script, else role and seed. The same request is
 * answered the same, byte for byte. It has no memory: which entry is due is in the request.
 */
export function makeRehearsal(): ModelProvider {
  return {
    isRehearsal: true,
    complete: async (request, { signal, onToken }) => {
      const who = `The rehearsal model "${request.model}"`;
      return withTimeLimit({ who, timeoutMs: request.timeoutMs, signal }, (limited) =>
        perform(who, request, limited, onToken),
      );
    },
  };
}

async function perform(
  who: string,
  request: ModelRequest,
  signal: AbortSignal,
  onToken: (text: string) => void,
): Promise<Completion> {
  const { rehearsal: cue, schema } = request;
  const script = cue.script?.script ?? [];
  const entry = script[cue.callsBefore % script.length] ?? {};
  const began = performance.now();
  await pause((cue.script?.latencyMs ?? 0) + (entry.delayMs ?? 0), signal);
  throwFault(who, entry.error, request);

  const toolCalls = toolCallsOf(request, entry);
  const { answer, isCut } = cutAnswer(request, entry, toolCalls.length > 0);
  const isJson = schema !== null && toolCalls.length === 0;
  const firstTokenMs = answer === '' ? null : Math.round(performance.now() - began);
  await speak(answer, { paced: entry.chunkDelayMs ?? 0, isJson, signal, onToken });
  const estimate = estimateUsage(request, answer);
  return {
    text: answer,
    structured: isJson ? readStructured(answer) : null,
    toolCalls,
    finishReason: isCut ? 'length' : toolCalls.length > 0 ? 'tool_calls' : 'stop',
    usage: {
      ...estimate,
      input: entry.tokens?.input ?? estimate.input,
      output: Math.min(entry.tokens?.output ?? estimate.output, request.maxTokens),
    },
    providerRequestId: null,
    firstTokenMs,
  };
}

/** The entry's tool calls, where the request offers any tools. */
const toolCallsOf = (
  { tools = [], rehearsal: { callsBefore } }: ModelRequest,
  entry: RehearsalEntry,
): readonly ToolCall[] =>
  tools.length === 0
    ? []
    : (entry.toolCalls ?? []).map((call, i) =>
        readToolCall('The script', {
          toolCallId: `call_${callsBefore}_${i}`,
          toolName: call.name,
          input: call.arguments,
        }),
      );

/** The answer within `maxTokens`; `truncated` cuts what would have fitted, too. What calls tools has said no more than its text. */
function cutAnswer(
  request: ModelRequest,
  entry: RehearsalEntry,
  callsTools: boolean,
): { readonly answer: string; readonly isCut: boolean } {
  const whole = cleanText(
    callsTools
      ? (entry.text ?? '')
      : entry.error === 'invalid_output'
        ? (entry.text ?? NO_FORM)
        : composeAnswer(request, entry),
  );
  const room = request.maxTokens * CHARS_PER_TOKEN;
  const length = entry.error === 'truncated' ? Math.min(room, whole.length >> 1) : room;
  return { answer: whole.slice(0, length).toWellFormed(), isCut: whole.length > length };
}

/** Streams the answer word by word, as a person reads it. */
async function speak(
  answer: string,
  options: {
    readonly paced: number;
    readonly isJson: boolean;
    readonly signal: AbortSignal;
    readonly onToken: (text: string) => void;
  },
): Promise<void> {
  let spoke = false;
  const say = (text: string): void => {
    spoke = text !== '';
    if (spoke) options.onToken(text);
  };
  const read = options.isJson ? makeTextFieldReader(say) : say;
  for (const word of answer.split(/(?<=\s)(?=\S)/)) {
    if (spoke) await pause(options.paced, options.signal);
    spoke = false;
    read(word);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms > 0) await sleep(ms, undefined, { signal });
}
