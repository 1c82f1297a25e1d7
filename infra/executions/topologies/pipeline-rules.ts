import type { Definition } from '../../../workflows/contract/definition.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import type { PipelinePlan } from '../../../workflows/contract/plans.ts';
import type { PipelineConfig } from '../../../workflows/contract/topologies.schema.ts';
import {
  answerTokens,
  takenTwice,
  type TopologyRules,
  type Turns,
  type WrittenSeat,
} from './rules.ts';

/** A pipeline: one seat for each stage, named as the stage. */
export const pipelineRules: TopologyRules<PipelineConfig, PipelinePlan> = {
  check: checkPipelineSeats,
  isWeighted: () => false,
  plan: (config) => ({ workflow: 'pipeline', config }),
  turns: pipelineTurns,
};

function checkPipelineSeats(
  { stages }: PipelineConfig,
  seats: readonly WrittenSeat[],
  path: (field: string) => string,
): Problem[] {
  const problems = takenTwice(seats, path);
  for (const [i, { slot }] of seats.entries())
    if (!stages.includes(slot))
      problems.push({
        path: path(`members.${i}.slot`),
        message: `A pipeline's slots are its stages (${stages.join(', ')}); there is no stage "${slot}".`,
      });
  for (const stage of stages)
    if (!seats.some(({ slot }) => slot === stage))
      problems.push({
        path: path('members'),
        message: `The stage "${stage}" has no seat; add a member with that slot.`,
      });
  return problems;
}

/** Every stage fails as often as it may. */
function pipelineTurns({ config, seats }: Definition & PipelinePlan): Turns[] {
  const count = 1 + (config.retryFailedStages ? config.maxStageRetries : 0);
  const inOrder = config.stages.flatMap((stage) => seats.find(({ slot }) => slot === stage) ?? []);
  return inOrder.map((seat, i) => {
    const before = inOrder[i - 1];
    return { seats: [seat], count, heardTokens: before ? answerTokens(before.agent) : 0 };
  });
}
