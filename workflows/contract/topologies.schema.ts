import { z } from 'zod';
import { CONSENSUS_METHODS } from '../domain/enums.ts';
import { AgentOverrides, InlineAgent } from './agents.schema.ts';

/** A debate's configuration (QMCP), complete. Unknown keys are refused. */
export const DebateConfig = z.strictObject({
  maxRounds: z.int().min(1).max(10).default(3),
  consensusMethod: z.enum(CONSENSUS_METHODS).default('mediator'),
  /** Share of the largest group at which a debate may end early. */
  convergenceThreshold: z.number().min(0).max(1).default(0.8),
  allowEarlyTermination: z.boolean().default(true),
  /** A slot, else an agent's name; null: the seat named `mediator`. */
  mediatorAgentName: z.string().min(1).max(64).nullable().default(null),
});
export type DebateConfig = z.infer<typeof DebateConfig>;

/** The configuration of each topology that can be run, by type. A new topology adds its line here. */
export const TOPOLOGY_CONFIGS = { debate: DebateConfig } as const;

const seat = {
  slot: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'a slot begins with a letter: debater_1, mediator'),
  position: z.int().min(0).max(10_000).optional(),
  /** Null: worked out from the agent's reliability. */
  weight: z.number().min(0).max(1_000_000).nullable().optional(),
  overrides: AgentOverrides.optional(),
};
const reference = z.string().min(1).max(200);

/** A seat of a saved topology: an agent (name or id) or a template (`name` or `name@1.2.0`). Which one is checked when it is resolved. */
export const SavedMember = z.strictObject({
  ...seat,
  agent: reference.optional(),
  template: reference.optional(),
});
export type SavedMember = z.infer<typeof SavedMember>;

/** A seat in a start: as saved, or with an agent written inline. */
export const Member = z.strictObject({
  ...seat,
  agent: z.union([reference, InlineAgent]).optional(),
  template: reference.optional(),
});
export type Member = z.infer<typeof Member>;
