import { cancellationSignal } from '@temporalio/activity';
import { ModelCallFailed, NotYet } from '../workflows/contract/errors.ts';
import type { TurnRequest } from '../workflows/contract/turns.ts';
import { makeAnswerForms } from './answer-forms.ts';
import { type Call, beginCall } from './call.ts';
import { whileAlive } from './keep-alive.ts';
import { keepOutcome } from './keep-outcome.ts';
import { modelRequest } from './model-request.ts';
import type { InferenceDeps } from './ports/deps.ts';
import type { Completion } from './ports/models.ts';
import type { CallContext, StoredTurn } from './ports/turn-ledger.ts';
import { untilStored } from './until-stored.ts';

/**
 * One model call of a turn, from the request to the ledger. `again`: the ledger says how it goes on (a repair, another
 * model, a question that a person is to answer).
 */
export function makeCall(deps: InferenceDeps) {
  const formOf = makeAnswerForms();
  return async (turn: TurnRequest, context: CallContext): Promise<StoredTurn | 'again'> => {
    const { input, agent } = context;
    const form = formOf(turn.ask, input.options ?? [], agent.teamCapabilities);
    const call = beginCall(deps, turn, context, form);
    const completion = await complete(deps, call);
    return completion === 'again' ? 'again' : keepOutcome(deps, call, completion);
  };
}

/** Asks the model. What fails is written, and says when the next call is due. */
async function complete(deps: InferenceDeps, call: Call): Promise<Completion | 'again'> {
  const { models, ledger, live } = deps;
  const { turn, context, model, form } = call;
  const { executionId, sequence, slot } = turn;
  try {
    const provider = await models.open(turn.ownerId, model);
    let spokenSoFar = 0;
    return await whileAlive({
      extend: () => ledger.extend(turn, context),
      work: (signal) =>
        provider.complete(modelRequest(turn, context, form), {
          signal,
          idempotencyKey: `${executionId}/${sequence}/${context.call}`,
          onToken: (text) => {
            live.send({ kind: 'token', executionId, sequence, slot, index: spokenSoFar, text });
            spokenSoFar += text.length;
          },
        }),
    });
  } catch (error) {
    if (error instanceof ModelCallFailed) return recordFailure(deps, call, error);
    // Broken off by us: the worker stops, the execution was cancelled, or another attempt holds the call.
    if (!cancellationSignal().aborted) throw error;
    await ledger.fail(turn, context, call.record(), null);
    throw cancellationSignal().reason;
  }
}

/** Final failures, and the last one that is allowed, lead to the next model at once; others come back later. */
async function recordFailure(
  { ledger }: InferenceDeps,
  { turn, context, record }: Call,
  failure: ModelCallFailed,
): Promise<'again'> {
  const usage = failure.usage && { ...failure.usage, cached: 0, reasoning: 0 };
  const failures = await untilStored(() =>
    ledger.fail(turn, context, record({ ...(usage && { usage }) }), failure),
  );
  if (!failure.retryable || failures > context.agent.maxRetries) return 'again';
  const backOffMs = Math.min(30_000, 500 * 2 ** (failures - 1));
  throw new NotYet('model_busy', failure.message, failure.retryAfterMs ?? backOffMs, {
    cause: failure,
  });
}
