import type { StartBody } from './bodies.ts';

/** A seat's agent with its script, or with a model of a provider. */
export interface Speaker {
  readonly script?: readonly Readonly<Record<string, unknown>>[];
  readonly latencyMs?: number;
  readonly maxTokens?: number;
  readonly weight?: number;
  readonly model?: { readonly provider: string; readonly model: string };
}

/** The body of a start of a debate; debaters in seat order, a mediator where one is given. */
export function debate(options: {
  readonly question: string;
  readonly options?: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly debaters: readonly Speaker[];
  readonly mediator?: Speaker;
}): StartBody {
  const { question, config, debaters, mediator } = options;
  return {
    inline: {
      type: 'debate',
      config,
      members: [
        ...debaters.map((speaker, i) => seat(`debater_${i + 1}`, `agent_${i + 1}`, speaker)),
        ...(mediator ? [seat('mediator', 'chair', mediator)] : []),
      ],
    },
    input: { question, ...(options.options && { options: options.options }) },
  };
}

function seat(slot: string, name: string, speaker: Speaker): Record<string, unknown> {
  const { script, latencyMs, maxTokens, weight, model } = speaker;
  return {
    slot,
    ...(weight !== undefined && { weight }),
    agent: {
      name,
      role: slot === 'mediator' ? 'coordinator' : 'critic',
      config: {
        models: [model ?? { provider: 'rehearsal', model: 'rehearsal-1' }],
        ...(maxTokens !== undefined && { maxTokens }),
        ...(!model && { rehearsal: { seed: 7, latencyMs: latencyMs ?? 0, script: script ?? [] } }),
      },
    },
  };
}
