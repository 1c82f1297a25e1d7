import { randomUUID } from 'node:crypto';

/** A prepared seat that nobody else has. */
export const seat = (slot: string, weight: number) => ({
  agentExecutionId: randomUUID(),
  slot,
  weight,
  timeoutMs: 10_000,
});
