import { z } from 'zod';
import { CROSSCHECK_VERDICTS, FINDING_SEVERITIES } from '../../domain/enums.ts';
import { said, words } from './said.schema.ts';

/** What a checker must answer: its verdict, and what it found. */
export const checkAnswer = z.object({
  ...said,
  verdict: z
    .enum([...CROSSCHECK_VERDICTS, 'abstain'])
    .describe('Abstain only if you cannot judge the artifact.'),
  findings: z
    .array(
      z.object({
        severity: z.enum(FINDING_SEVERITIES),
        place: z.string().max(1_000).describe('Where in the artifact; empty: all of it.'),
        text: words.max(10_000).describe('What is wrong there, or worth knowing.'),
      }),
    )
    .max(100)
    .describe('Everything you found, also where you approve.'),
});

/** What a mediator of a crosscheck must answer. */
export const rulingAnswer = z.object({ ...said, verdict: z.enum(CROSSCHECK_VERDICTS) });
