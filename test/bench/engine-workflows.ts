import { condition } from '@temporalio/workflow';
import type { ExecutionRequest } from '../../workflows/contract/executions.ts';
import { executionFailed } from '../../workflows/support/failures.ts';
import { type Floor, openFloor } from '../../workflows/support/floor.ts';
import { closeExecution, prepareExecution } from '../../workflows/support/records.ts';
import type { EngineRequest } from './contestants.ts';

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
