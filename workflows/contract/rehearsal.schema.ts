import { z } from 'zod';
import { VERDICTS } from '../domain/enums.ts';

/** Faults that the rehearsal provider can be told to show. */
export const RehearsalFault = z.enum([
  'rate_limited',
  'server_error',
  'timeout',
  'refused',
  'bad_request',
  'invalid_output',
  'truncated',
  'crash_before_reply',
]);
export type RehearsalFault = z.infer<typeof RehearsalFault>;

/** One answer of a script; an entry answers one call. Everything is optional: what is missing is made up from role and seed. */
export const RehearsalEntry = z.strictObject({
  choice: z.string().max(1_000).optional(),
  text: z.string().max(200_000).optional(),
  value: z.number().optional(),
  confidence: z.number().min(0).max(1).optional(),
  reasoning: z.string().max(100_000).optional(),
  abstain: z.boolean().optional(),
  verdict: z.enum(VERDICTS).optional(),
  findings: z
    .array(z.strictObject({ severity: z.string(), place: z.string(), text: z.string() }))
    .optional(),
  cites: z.array(z.string().max(64)).optional(),
  plan: z
    .array(
      z.strictObject({
        title: z.string(),
        task: z.string(),
        requiredCapabilities: z.array(z.string()).optional(),
        to: z.string().optional(),
      }),
    )
    .optional(),
  score: z.number().min(0).max(1).optional(),
  accept: z.boolean().optional(),
  anotherRound: z.boolean().optional(),
  toolCalls: z
    .array(z.strictObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }))
    .optional(),
  tokens: z
    .strictObject({
      input: z.int().min(0).max(10_000_000).optional(),
      output: z.int().min(0).max(10_000_000).optional(),
    })
    .optional(),
  /** Milliseconds before the first token. */
  delayMs: z.int().min(0).max(3_600_000).optional(),
  /** Milliseconds between two pieces of a streamed answer. */
  chunkDelayMs: z.int().min(0).max(60_000).optional(),
  error: RehearsalFault.optional(),
});
export type RehearsalEntry = z.infer<typeof RehearsalEntry>;

/** What the rehearsal provider reads from an agent; other providers ignore it. */
export const Rehearsal = z.strictObject({
  seed: z.int().min(0).max(2_147_483_647).default(0),
  latencyMs: z.int().min(0).max(600_000).default(0),
  script: z.array(RehearsalEntry).max(1_000).default([]),
});
export type Rehearsal = z.infer<typeof Rehearsal>;
