import { z } from 'zod';
import { AGGREGATION_METHODS, CONSENSUS_METHODS, ROUTING_STRATEGIES } from '../domain/enums.ts';
import { CompoundConfig } from './compound.schema.ts';

const slotOrAgent = z.string().min(1).max(64).nullable().default(null);
const share = z.number().min(0).max(1);
const names = (max: number) =>
  z
    .array(
      z
        .string()
        .max(60)
        .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'a name begins with a letter: worker, draft'),
    )
    .max(max)
    .refine((list) => new Set(list).size === list.length, 'names must differ');

/** A debate's configuration (QMCP), complete. Unknown keys are refused. */
export const DebateConfig = z.strictObject({
  maxRounds: z.int().min(1).max(10).default(3),
  consensusMethod: z.enum(CONSENSUS_METHODS).default('mediator'),
  /** Share of the largest group at which a debate may end early. */
  convergenceThreshold: share.default(0.8),
  allowEarlyTermination: z.boolean().default(true),
  /** A slot, else an agent's name; null: the seat named `mediator`. */
  mediatorAgentName: slotOrAgent,
});
export type DebateConfig = z.infer<typeof DebateConfig>;

/** A chain of command (QMCP). */
export const ChainConfig = z.strictObject({
  /** From the top down; each level has at least one seat. */
  authorityLevels: names(8).min(1).default(['commander', 'lieutenant', 'worker']),
  /** A report with a lower confidence is escalated. */
  escalationThreshold: share.default(0.5),
  /** How many times a task is handed down at most. More than there are levels below the top changes nothing. */
  maxDelegationDepth: z.int().min(1).default(3),
});
export type ChainConfig = z.infer<typeof ChainConfig>;

/** A coordinator and specialists (QMCP). */
export const DelegationConfig = z.strictObject({
  routingStrategy: z.enum(ROUTING_STRATEGIES).default('capability_match'),
  /** Spreads equal matches by open work. */
  loadBalance: z.boolean().default(true),
  /** Who gets what nobody can do: a slot, else an agent's name. */
  fallbackAgentName: slotOrAgent,
});
export type DelegationConfig = z.infer<typeof DelegationConfig>;

/** Independent checkers of an artifact (QMCP). */
export const CrosscheckConfig = z
  .strictObject({
    numCheckers: z.int().min(2).max(10).default(3),
    consensusMethod: z.enum(CONSENSUS_METHODS).default('majority'),
    /** One rejecting checker is enough to reject; the method is not asked. */
    requireUnanimousForApproval: z.boolean().default(false),
    /** What each checker looks at, in the order of the seats. */
    checkerSpecializations: z.array(z.string().min(1).max(255)).max(10).default([]),
    /** How often a producer may mend what was not approved. */
    maxRevisions: z.int().min(0).max(5).default(0),
  })
  .refine(
    ({ checkerSpecializations, numCheckers }) => checkerSpecializations.length <= numCheckers,
    { path: ['checkerSpecializations'], message: 'there are more of them than checkers' },
  );
export type CrosscheckConfig = z.infer<typeof CrosscheckConfig>;

/** Many answers to one question (QMCP). */
export const EnsembleConfig = z.strictObject({
  aggregationMethod: z.enum(AGGREGATION_METHODS).default('synthesis'),
  diversityWeight: share.default(0.3),
  /** The largest share of the seats that may fail. */
  failureThreshold: share.default(0.5),
});
export type EnsembleConfig = z.infer<typeof EnsembleConfig>;

/** Stages in order (QMCP). */
export const PipelineConfig = z
  .strictObject({
    stages: names(50).min(1, 'a pipeline needs at least one stage'),
    /** Stages whose result a retry starts from. */
    checkpointAfter: names(50).default([]),
    retryFailedStages: z.boolean().default(true),
    /** A stage's attempts stand in one history, which has an end: ADR 14. */
    maxStageRetries: z.int().min(0).max(1_000).default(2),
  })
  .refine(({ stages, checkpointAfter }) => checkpointAfter.every((name) => stages.includes(name)), {
    path: ['checkpointAfter'],
    message: 'name only stages of this pipeline',
  });
export type PipelineConfig = z.infer<typeof PipelineConfig>;

/** The configuration of each topology that can be run, by type. A new topology adds its line here. */
export const TOPOLOGY_CONFIGS = {
  debate: DebateConfig,
  chain: ChainConfig,
  delegation: DelegationConfig,
  crosscheck: CrosscheckConfig,
  ensemble: EnsembleConfig,
  pipeline: PipelineConfig,
  compound: CompoundConfig,
} as const;
