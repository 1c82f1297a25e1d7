import type { ResolvedModel } from '../../workflows/contract/definition.ts';
import type { Rehearsal } from '../../workflows/contract/rehearsal.schema.ts';
import type { Ask } from '../../workflows/contract/turns.ts';

/** One thing said to or by a model, in our words. */
export interface ChatMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** One model call. `schema` asks for a structured answer. */
export interface ModelRequest {
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ChatMessage[];
  /** JSON Schema (draft 2020-12) of the answer, with a name for providers that want one; null: free text. */
  readonly schema: {
    readonly name: string;
    readonly json: Readonly<Record<string, unknown>>;
  } | null;
  /** What the model may ask for instead of answering; it is not run by the provider. */
  readonly tools?: readonly ToolSpec[];
  readonly temperature: number;
  /** The most tokens the answer may have. */
  readonly maxTokens: number;
  readonly timeoutMs: number;
  /** Only the rehearsal provider reads this. */
  readonly rehearsal: RehearsalCue;
}

/** A tool as a model is told of it; `parameters` is the JSON Schema of an object. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A tool that a model wants to be run. The arguments are cleaned, and not yet validated. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What the rehearsal provider needs to play its part: it has no memory of its own. */
export interface RehearsalCue {
  readonly seed: string;
  readonly role: string;
  readonly slot: string;
  readonly ask: Ask;
  readonly options: readonly string[];
  /** Calls of this seat in this execution that were answered or failed before: the script's entry that is due. */
  readonly callsBefore: number;
  /** 1, or more when earlier attempts of this very call died in flight. */
  readonly attempt: number;
  readonly script: Rehearsal | undefined;
}

export interface TokenUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** What came back. Text is cleaned: no `\u0000`, no lone surrogates, bounded. */
export interface Completion {
  readonly text: string;
  /** The parsed JSON where a schema was asked for and the text is JSON; else null. Not yet validated. */
  readonly structured: unknown;
  /** In the model's order; empty where it asks for none. */
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: 'stop' | 'length' | 'content_filter' | 'tool_calls' | 'other';
  readonly usage: TokenUsage;
  readonly providerRequestId: string | null;
  readonly firstTokenMs: number | null;
}

/** One provider's models behind one function. Never retries by itself: Temporal owns the retries. Throws `ModelCallFailed`. */
export interface ModelProvider {
  readonly isRehearsal: boolean;
  complete(
    request: ModelRequest,
    options: {
      readonly signal: AbortSignal;
      readonly idempotencyKey: string;
      /** Text as a person reads it: of structured answers the `text` field. */
      readonly onToken: (text: string) => void;
    },
  ): Promise<Completion>;
}

/** Finds the provider of a resolved model, with its credentials as they are now. */
export interface Models {
  open(ownerId: string, model: ResolvedModel): Promise<ModelProvider>;
}
