import type { StartBody } from './bodies.ts';
import type { Speaker } from './debates.ts';

/** A seat of a chain or a delegation. */
export interface PieceSeat extends Speaker {
  readonly slot: string;
  readonly capabilities?: readonly string[];
}

/** The body of a start of a chain or a delegation whose seats follow their scripts. */
export const piecesStart = (
  type: 'chain' | 'delegation',
  seats: readonly PieceSeat[],
  more: {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly input?: Readonly<Record<string, unknown>>;
  } = {},
): StartBody => ({
  inline: {
    type,
    config: more.config ?? {},
    members: seats.map(({ slot, script, latencyMs = 0, capabilities = [] }) => ({
      slot,
      agent: {
        name: `agent_${slot}`,
        config: {
          models: [{ provider: 'rehearsal', model: 'rehearsal-1' }],
          capabilities: capabilities.map((name) => ({ name })),
          ...(script && { rehearsal: { seed: 7, latencyMs, script } }),
        },
      },
    })),
  },
  input: more.input ?? { task: 'Plan the outing.' },
});
