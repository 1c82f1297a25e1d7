import type { CrosscheckPlan, EnsemblePlan } from '../../workflows/contract/plans.ts';
import type { Performance, Stage } from '../workflows/stage.ts';

/** Performs one execution to its end. */
export type Scene = (stage: Stage) => Promise<Performance>;

/** A crosscheck that may be revised once. */
export const CROSSCHECK: CrosscheckPlan = {
  workflow: 'crosscheck',
  config: {
    numCheckers: 2,
    consensusMethod: 'majority',
    requireUnanimousForApproval: false,
    maxRevisions: 1,
  },
  producerSlot: 'producer',
  mediatorSlot: null,
};

/** An ensemble whose answers are counted. */
export const ENSEMBLE: EnsemblePlan = {
  workflow: 'ensemble',
  config: { aggregationMethod: 'vote', diversityWeight: 0.3, failureThreshold: 0.5 },
  synthesizerSlot: null,
};

/** An ensemble whose answers are put together by one more turn. */
export const SYNTHESIS: EnsemblePlan = {
  ...ENSEMBLE,
  config: { ...ENSEMBLE.config, aggregationMethod: 'synthesis' },
  synthesizerSlot: 'synthesizer',
};

/** The configuration of a chain with one level below its top. */
export const TWO_LEVELS = { authorityLevels: ['chief', 'worker'] };

const routed = (slot: string) => ({ slot, score: 0.5 });

/** Where an item of a delegation goes, and who is tried after that. */
export const route = (slot: string, ...spare: string[]) => ({
  seats: [routed(slot)],
  spare: spare.map(routed),
});

/** Chooses the first option, when its seat is released. */
export const held = { option: 0, held: true } as const;

/** Says something that is no position. */
export const text = { option: null } as const;

/** Reports, and is sure enough not to be asked again. */
export const sure = { confidence: 0.9 } as const;
