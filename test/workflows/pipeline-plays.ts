import type { PipelineConfig } from '../../workflows/contract/topologies.schema.ts';
import type { Line } from './memory-activities.ts';
import type { Beginning, Performance, Stage } from './stage.ts';

/** A pipeline with scripted stages; `config.stages` are those that have lines, in their order. */
interface PipelinePlay extends Beginning {
  readonly lines: Readonly<Record<string, readonly Line[]>>;
  readonly config?: Partial<PipelineConfig>;
}

/** Performs a pipeline. */
export const playPipeline = (
  stage: Stage,
  { lines, config, ...beginning }: PipelinePlay,
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
    { lines, ...beginning },
  );
