import { AgentConfig } from '../../workflows/contract/agents.schema.ts';

/** One layer of an agent's configuration, as stored; keys that are not AgentConfig's are somebody else's. */
export type ConfigLayer = Readonly<Record<string, unknown>>;

const KEYS = Object.keys(AgentConfig.shape);

/** Puts layers over each other, later wins, key by key; what no layer says has its default. Layers are valid where they were stored. */
export function mergeConfig(layers: readonly ConfigLayer[]): AgentConfig {
  const said = layers.flatMap((layer) =>
    Object.entries(layer).filter(([key, value]) => KEYS.includes(key) && value !== undefined),
  );
  return AgentConfig.parse(Object.fromEntries(said));
}
