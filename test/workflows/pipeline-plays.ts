import type { ExecutionRequest } from '../../workflows/contract/executions.ts';
import type { PipelineConfig } from '../../workflows/contract/topologies.schema.ts';
import type { Line } from './memory-activities.ts';
import type { Performance, Stage } from './stage.ts';

/** A pipeline with scripted stages; `config.stages` are those that have lines, in their order. */
interface PipelinePlay {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly config?: Partial<PipelineConfig>;
  readonly request?: Partial<ExecutionRequest>;
}

/** Performs a pipeline. */
export const playPipeline = (
  stage: Stage,
  { lines, config, request = {} }: PipelinePlay,
): Promise<Performance> =>
  stage.play(
    {
      workflow: 'pipeline',
      config: {
        stages: Object.keys(lines),
        checkpointAfter: [],
        retryFailedStages: true,
        maxStageRetries: 2,
        ...config,
      },
    },
    { lines, request },
  );
