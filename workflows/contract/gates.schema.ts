import { z } from 'zod';
import { INTERACTION_KINDS, TIMEOUT_ACTIONS, USER_ROLES } from '../domain/enums.ts';
import { LONGEST_OPTION } from '../domain/positions.ts';
import { covers } from '../domain/roles.ts';

/** A year. */
const LONGEST_SECONDS = 31_536_000;
const PLACE = /^(start|completion|round:[1-9]\d{0,3}|stage:.{1,64})$/;

const place = z.string().superRefine((before, context) => {
  if (PLACE.test(before)) return;
  const isElsewhere = /^(phase|tool):/.test(before);
  const why = isElsewhere
    ? 'A topology has no phases, and its tools have no gates; write'
    : 'Write';
  const message = `${why} start, round:<n>, stage:<name> or completion.`;
  context.addIssue({ code: 'custom', message });
});

const DECIDING_ROLES = USER_ROLES.filter((role) => covers([role], 'approve'));

/** Who is asked: the owner, a user by name or id, or everyone who has a role that may decide. */
const approvers = z
  .array(
    z
      .string()
      .max(200)
      .regex(
        new RegExp(`^(owner|user:.+|role:(${DECIDING_ROLES.join('|')}))$`),
        `write owner, user:<name or id> or role:<${DECIDING_ROLES.join('|')}>`,
      ),
  )
  .min(1)
  .max(50);

const seconds = z.int().min(1).max(LONGEST_SECONDS);

/** Where an execution waits for people: what is asked, of whom, until when. */
export const Gate = z
  .strictObject({
    before: place,
    kind: z.enum(INTERACTION_KINDS).default('approval'),
    /** The question in the caller's words; without it one is made from kind and place. */
    prompt: z.string().min(1).max(4_000).optional(),
    approvers: approvers.default(['owner']),
    /** How many must agree; one rejection is enough to reject. */
    quorum: z.int().min(1).max(50).default(1),
    /** What can be chosen; without them the input's options. */
    options: z
      .array(z.string().min(1).max(LONGEST_OPTION))
      .min(2)
      .max(100)
      .refine((options) => new Set(options).size === options.length, 'options must differ')
      .optional(),
    /** From the opening; the final deadline, which does not move. Without it the gate waits. */
    deadlineSeconds: seconds.optional(),
    onTimeout: z.enum(TIMEOUT_ACTIONS).default('reject'),
    /** Who is asked as well when nobody has decided so long after the opening. */
    escalation: z
      .array(z.strictObject({ to: approvers, afterSeconds: seconds }))
      .max(10)
      .default([]),
  })
  .refine(({ kind, quorum }) => quorum === 1 || kind === 'approval' || kind === 'choice', {
    path: ['quorum'],
    message: 'one person answers or edits; give a quorum to approvals and choices only',
  })
  .refine(({ kind, options }) => options === undefined || kind === 'choice', {
    path: ['options'],
    message: 'only a gate of kind choice has options',
  })
  .refine(
    ({ escalation }) =>
      escalation.every(
        ({ afterSeconds }, i) => i === 0 || afterSeconds > escalation[i - 1]!.afterSeconds,
      ),
    { path: ['escalation'], message: 'each step comes later than the one before' },
  )
  .refine(
    ({ escalation, deadlineSeconds = Infinity }) =>
      escalation.every(({ afterSeconds }) => afterSeconds < deadlineSeconds),
    { path: ['escalation'], message: 'whoever is asked after the deadline cannot decide any more' },
  );
export type Gate = z.infer<typeof Gate>;

/** The gates of a start or of a saved topology. */
export const Gates = z.array(Gate).max(20);
