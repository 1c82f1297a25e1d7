import { z } from 'zod';
import { AgentOverrides, InlineAgent } from './agents.schema.ts';

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
