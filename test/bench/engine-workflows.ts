import { condition, executeChild, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { ExecutionRequest } from '../../workflows/contract/executions.ts';
import { TaskQueue } from '../../workflows/contract/names.ts';
import { executionFailed } from '../../workflows/support/failures.ts';
import { type Floor, openFloor } from '../../workflows/support/floor.ts';
import { closeExecution, prepareExecution } from '../../workflows/support/records.ts';
import type { EngineRequest, TurnShape } from './contestants.ts';
import { inWaves } from './waves.ts';

export * from '../../workflows/index.ts';

/**
 * The product's own turns, on its own floor, in a story of any length: the seats speak one after the other, and each
 * hears the same number of messages. No topology holds a thousand turns in a row.
 */
export async function engineTurns({
  request,
  turns,
  hears,
  stayOpen,
}: EngineRequest): Promise<void> {
  const { ownerId, executionId } = request;
  const floor = openFloor(request, 'debate');
  await speakInTurn(floor, request, { turns, hears });
  await condition(() => !stayOpen);
  await closeExecution({ ownerId, executionId, ending: { state: 'cancelled' } });
}

const { takeTurn } = proxyActivities<Pick<Activities, 'takeTurn'>>({
  taskQueue: TaskQueue.inference,
  startToCloseTimeout: '1 minute',
});

/**
 * The product's turns without its topologies: a bare workflow has them taken as those of a topology lie, and nothing
 * else. Each hears the wave before it, or all.
 */
export async function turnWaves(shape: TurnShape): Promise<void> {
  const { ownerId, executionId } = shape.request;
  const prepared = shape.seats ? null : await prepareExecution({ ownerId, executionId });
  const seats = shape.seats ?? (prepared?.status === 'ready' ? prepared.seats : []);
  await inWaves(
    shape,
    (sequence, { wave, place, before }) => {
      const { agentExecutionId, slot } = seats[place]!;
      return takeTurn({
        ownerId,
        executionId,
        agentExecutionId,
        slot,
        round: wave,
        sequence,
        ask: { kind: 'position', round: wave, maxRounds: 20 },
        hears: { before, rounds: { from: shape.hearsAll ? 1 : wave - 1, to: wave - 1 } },
      });
    },
    (own) => executeChild(turnWaves, { args: [{ ...shape, ...own, seats }] }),
  );
  if (prepared) await closeExecution({ ownerId, executionId, ending: { state: 'cancelled' } });
}

async function speakInTurn(
  floor: Floor,
  { ownerId, executionId }: ExecutionRequest,
  { turns, hears }: Pick<EngineRequest, 'turns' | 'hears'>,
): Promise<void> {
  const prepared = await prepareExecution({ ownerId, executionId });
  if (prepared.status === 'closed') return;
  for (let round = 1; round <= turns; round++) {
    const sequence = floor.nextSequence();
    const result = await floor.take({
      seat: prepared.seats[round % prepared.seats.length]!,
      round,
      sequence,
      ask: { kind: 'position', round, maxRounds: turns },
      hears: { before: sequence, rounds: { from: round - hears, to: round - 1 } },
    });
    if (result.status === 'failed')
      throw executionFailed(result.code, 'A turn failed; see its calls.');
  }
}
