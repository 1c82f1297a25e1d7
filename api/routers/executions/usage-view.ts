import { z } from 'zod';

/** What the calls of an execution, and of all below it, came to. */
export const UsageView = z
  .strictObject({
    calls: z.int().meta({ description: 'Succeeded calls.' }),
    attempts: z.int().meta({ description: 'Calls that were begun, however they ended.' }),
    repeatedCalls: z.int().meta({ description: 'Calls made again after a death in flight.' }),
    failedCalls: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    costUsd: z.string(),
    gpuSeconds: z.number(),
    rehearsal: z.boolean().meta({ description: "Some answers were rehearsed, not a model's." }),
  })
  .meta({ id: 'Usage' });
