import type { Closed, ExecutionRequest } from '../contract/executions.ts';
import type { SoloOutcome } from '../contract/outcomes.ts';
import { type Ready, execute } from '../support/execute.ts';
import { turnFailed } from '../support/failures.ts';
import type { Floor } from '../support/floor.ts';

/** One agent answers. */
export async function soloAgent(request: ExecutionRequest): Promise<Closed | null> {
  return execute(request, 'soloAgent', answer);
}

async function answer({ seats }: Ready<'soloAgent'>, floor: Floor): Promise<SoloOutcome> {
  await floor.listen();
  const sequence = floor.nextSequence();
  const result = await floor.take({
    seat: seats[0]!,
    round: 0,
    sequence,
    ask: { kind: 'answer' },
    hears: { before: sequence },
  });
  if (result.status === 'failed') throw turnFailed('The agent', result.code);
  return { kind: 'answer', sequence };
}
