import type { RehearsalEntry } from '../../workflows/contract/rehearsal.schema.ts';
import type { Engine } from './engine.ts';

/** Who says what, by slot, in seat order. */
export type Scripts = Readonly<Record<string, readonly RehearsalEntry[]>>;

/** The body of a start of any topology whose agents rehearse by script; an agent has its slot's name. */
export const panel = (
  type: string,
  config: Readonly<Record<string, unknown>>,
  input: Readonly<Record<string, unknown>>,
  scripts: Scripts,
) => ({
  inline: {
    type,
    config,
    members: Object.entries(scripts).map(([slot, script]) => ({
      slot,
      agent: {
        name: slot,
        config: {
          models: [{ provider: 'rehearsal', model: 'rehearsal-1' }],
          rehearsal: { seed: 7, script },
        },
      },
    })),
  },
  input,
});

/** The same scripts, each seat's calls later by its part of `delaysMs`. */
export const delayed = (scripts: Scripts, delaysMs: readonly number[]): Scripts =>
  Object.fromEntries(
    Object.entries(scripts).map(([slot, script], i) => [
      slot,
      script.map((entry) => ({ ...entry, delayMs: delaysMs[i % delaysMs.length]! })),
    ]),
  );

/** The output and the transcript of an execution, without what differs from run to run. */
export async function storyOf(engine: Engine, body: unknown) {
  const id = await engine.start(body);
  const { output, state } = await engine.untilClosed(id);
  const messages = await engine.messagesOf(id);
  return {
    state,
    output,
    messages: messages
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ sequence, round, sender, content }) => ({
        sequence,
        round,
        sender: sender.slot,
        content,
      })),
  };
}
