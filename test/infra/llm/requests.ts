import type { ModelRequest, RehearsalCue } from '../../../activities/ports/models.ts';
import type { Rehearsal, RehearsalEntry } from '../../../workflows/contract/rehearsal.schema.ts';

/** A script of these entries. */
export const scriptOf = (...script: readonly RehearsalEntry[]): Rehearsal => ({
  seed: 0,
  latencyMs: 0,
  script: [...script],
});

/** A request for free text, unless it is said otherwise. */
export function aRequest({
  rehearsal,
  ...given
}: Partial<Omit<ModelRequest, 'rehearsal'>> & {
  readonly rehearsal?: Partial<RehearsalCue>;
} = {}): ModelRequest {
  return {
    model: 'm-1',
    system: 'You are ada, a planner in a group of agents.',
    messages: [{ role: 'user', text: 'Question:\nShip on Friday?' }],
    schema: null,
    temperature: 0.7,
    maxTokens: 1_000,
    timeoutMs: 5_000,
    ...given,
    rehearsal: {
      seed: '0/ada/1',
      role: 'planner',
      slot: 'debater_1',
      ask: { kind: 'position', round: 1, maxRounds: 3 },
      options: [],
      callsBefore: 0,
      attempt: 1,
      script: undefined,
      ...rehearsal,
    },
  };
}

/** What a provider's `complete` takes beside the request; `tokens` collects what is streamed. */
export function listener(signal: AbortSignal = new AbortController().signal) {
  const tokens: string[] = [];
  return {
    tokens,
    options: {
      signal,
      idempotencyKey: 'execution/1/0',
      onToken: (text: string) => void tokens.push(text),
    },
  };
}
