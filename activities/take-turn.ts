import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ModelCallFailed, NotYet, type FailureCode } from '../workflows/contract/errors.ts';
import type { Ask, Spoken, TurnRequest, TurnResult } from '../workflows/contract/turns.ts';
import { CROSSCHECK_VERDICTS } from '../workflows/domain/enums.ts';
import { groupNumbers } from '../workflows/domain/grouping.ts';
import { planOf } from '../workflows/domain/plan-parts.ts';
import { callCostUsd } from '../workflows/domain/pricing.ts';
import { renderPrompt } from '../workflows/domain/prompt.ts';
import { type AnswerForm, makeAnswerForms } from './answer-forms.ts';
import { whileAlive } from './keep-alive.ts';
import type {
  CallContext,
  CallRecord,
  Completion,
  InferenceDeps,
  ModelRequest,
  StoredTurn,
} from './ports.ts';
import { readAnswer } from './read-answer.ts';
import { untilStored } from './until-stored.ts';

/** How long a turn waits before it looks for room in the budget again. */
const BUDGET_WAIT_MS = 1_000;

/** What a retried attempt still has to know of the ones before. */
interface Carried {
  readonly waitedBudgetMs: number;
}

/**
 * One turn: one thing an agent says. The ledger says whether it was said before and which call is due; the model is
 * asked; the outcome is written in one transaction. Retried by Temporal without limit: what was recorded is never asked
 * for again, and a call that was in flight when its process died is counted as a repeat.
 */
export const makeTakeTurn = (deps: InferenceDeps) => {
  const call = makeCall(deps);

  return async (turn: TurnRequest): Promise<TurnResult> => {
    for (;;) {
      const begun = await deps.ledger.begin(turn, carried().waitedBudgetMs);
      switch (begun.status) {
        case 'done':
          return spoken(turn, begun.outcome);
        case 'waiting_budget':
          return waitForRoom(deps, turn);
        case 'budget_exhausted':
          return giveUp(deps, turn, 'budget_exhausted');
        case 'exhausted':
          // `cancelled`: the execution has ended, and takes no more rows.
          if (begun.code !== 'cancelled') return giveUp(deps, turn, begun.code);
          return { status: 'failed', sequence: turn.sequence, code: begun.code };
        case 'go': {
          const outcome = await call(turn, begun);
          if (outcome !== 'again') return spoken(turn, outcome);
        }
      }
    }
  };
};

/** One model call of a turn, from the request to the ledger. `again`: the next call (a repair, another model) is due. */
function makeCall({ models, ledger, live }: InferenceDeps) {
  const formOf = makeAnswerForms();
  return async (turn: TurnRequest, context: CallContext): Promise<StoredTurn | 'again'> => {
    const { executionId, sequence, slot, round } = turn;
    const model = context.agent.models[context.modelIndex]!;
    const { teamCapabilities } = context.agent;
    const form = formOf(turn.ask, context.input.options ?? [], teamCapabilities);
    const begunAt = performance.now();
    const note = {
      kind: 'turn',
      executionId,
      sequence,
      slot,
      round,
      attempt: context.attempt,
    } as const;
    if (context.attempt > 1 || context.ordinal > 0 || context.call > 0)
      live.send({ kind: 'reset', executionId, sequence });
    live.send({ ...note, state: 'calling', model: `${model.provider}/${model.model}` });

    const record = (completion: Partial<Completion>, isRehearsal: boolean): CallRecord => {
      const usage = completion.usage ?? { input: 0, cached: 0, output: 0, reasoning: 0 };
      return {
        usage,
        costUsd: callCostUsd(model, usage),
        latencyMs: Math.round(performance.now() - begunAt),
        firstTokenMs: completion.firstTokenMs ?? null,
        finishReason: completion.finishReason ?? null,
        providerRequestId: completion.providerRequestId ?? null,
        isRehearsal,
      };
    };

    const isRehearsal = model.providerType === 'rehearsal';
    let completion: Completion;
    try {
      const provider = await models.open(turn.ownerId, model);
      let spokenSoFar = 0;
      completion = await whileAlive({
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
      if (error instanceof ModelCallFailed) {
        const usage = error.usage && { ...error.usage, cached: 0, reasoning: 0 };
        const failures = await untilStored(() =>
          ledger.fail(turn, context, record({ ...(usage && { usage }) }, isRehearsal), error),
        );
        return retryOrNext(error, failures, context);
      }
      // Broken off by us: the worker stops, the execution was cancelled, or another attempt holds the call.
      if (!cancellationSignal().aborted) throw error;
      await ledger.fail(turn, context, record({}, isRehearsal), null);
      throw cancellationSignal().reason;
    }

    const reading = readAnswer(turn, context, form, completion);
    if (completion.finishReason === 'content_filter' || !reading.valid) {
      const failure =
        completion.finishReason === 'content_filter'
          ? new ModelCallFailed('model_refused', `${model.model} declined to answer`, {
              retryable: false,
            })
          : new ModelCallFailed('invalid_output', reading.valid ? '' : reading.reason, {
              retryable: false,
            });
      const text = failure.code === 'invalid_output' ? completion.text : undefined;
      await untilStored(() =>
        ledger.fail(turn, context, record(completion, isRehearsal), failure, text),
      );
      return 'again';
    }
    const stored = await untilStored(() =>
      ledger.succeed(turn, context, record(completion, isRehearsal), reading.answer),
    );
    live.nudge();
    if (stored === null)
      throw new NotYet('lease_lost', 'another attempt of this call is still at work', 1_000);
    live.send({ ...note, state: 'done', model: `${model.provider}/${model.model}` });
    return stored;
  };
}

/** Final failures, and the last one that is allowed, lead to the next model at once; others come back later. */
function retryOrNext(failure: ModelCallFailed, failures: number, { agent }: CallContext): 'again' {
  if (!failure.retryable || failures > agent.maxRetries) return 'again';
  const backOffMs = Math.min(30_000, 500 * 2 ** (failures - 1));
  throw new NotYet('model_busy', failure.message, failure.retryAfterMs ?? backOffMs, {
    cause: failure,
  });
}

function modelRequest(
  turn: TurnRequest,
  context: CallContext,
  form: AnswerForm | null,
): ModelRequest {
  const { agent, slot, input } = context;
  const model = agent.models[context.modelIndex]!;
  const options = input.options ?? [];
  const prompt = renderPrompt({ ...context, ask: turn.ask });
  return {
    model: model.model,
    ...prompt,
    schema: form && { name: turn.ask.kind, json: form.json },
    temperature: agent.temperature,
    maxTokens: Math.min(agent.maxTokens, model.maxOutputTokens ?? agent.maxTokens),
    timeoutMs: agent.timeoutSeconds * 1_000,
    rehearsal: {
      seed: `${agent.rehearsal?.seed ?? 0}/${agent.name}/${turn.sequence}`,
      role: agent.role,
      slot,
      ask: turn.ask,
      options,
      callsBefore: context.callsBefore,
      attempt: context.attempt,
      script: agent.rehearsal,
    },
  };
}

function spoken(turn: TurnRequest, stored: StoredTurn): TurnResult {
  const { ask, sequence } = turn;
  return {
    status: 'spoken',
    sequence,
    messageId: stored.messageId,
    responseId: stored.messageId,
    position: positionOf(ask, stored),
    abstained: stored.abstained,
    confidence: stored.confidence,
    anotherRound: stored.output?.['anotherRound'] === true,
    groups: ask.kind === 'group' ? groupNumbers(ask, stored.seed, stored.output) : null,
    ...partsOf(ask, stored),
    tokens: stored.tokens,
    costUsd: stored.costUsd,
  };
}

/** A plan as the workflow is told of it: how many parts, and for which of the seats asked for. */
function partsOf(ask: Ask, { output }: StoredTurn): Pick<Spoken, 'parts'> {
  if (ask.kind !== 'split' && ask.kind !== 'assign') return {};
  const to: readonly string[] = ask.kind === 'split' ? ask.to : [];
  const places = planOf(output).map((part) => (part.to === null ? -1 : to.indexOf(part.to)));
  return { parts: places.map((place) => (place < 0 ? null : place)) };
}

/** Where a verdict is asked for, the options say nothing about it. */
function positionOf({ kind }: Ask, { choice, position }: StoredTurn): number | null {
  if (kind !== 'check' && kind !== 'rule') return position;
  const verdict = CROSSCHECK_VERDICTS.findIndex((each) => each === choice);
  return verdict === -1 ? null : verdict;
}

async function giveUp(
  { ledger, live }: InferenceDeps,
  turn: TurnRequest,
  code: FailureCode,
): Promise<TurnResult> {
  await ledger.giveUp(turn, code);
  live.nudge();
  const { executionId, sequence, slot, round } = turn;
  live.send({
    kind: 'turn',
    executionId,
    sequence,
    slot,
    round,
    state: 'failed',
    model: null,
    attempt: activityInfo().attempt,
    code,
  });
  return { status: 'failed', sequence, code };
}

function waitForRoom({ live }: InferenceDeps, turn: TurnRequest): never {
  const { executionId, sequence, slot, round } = turn;
  const until = new Date(Date.now() + BUDGET_WAIT_MS).toISOString();
  live.send({
    kind: 'turn',
    executionId,
    sequence,
    slot,
    round,
    state: 'waiting_budget',
    model: null,
    attempt: activityInfo().attempt,
    until,
  });
  heartbeat({ waitedBudgetMs: carried().waitedBudgetMs + BUDGET_WAIT_MS } satisfies Carried);
  throw new NotYet(
    'waiting_budget',
    'other calls of this execution hold the rest of its budget',
    BUDGET_WAIT_MS,
  );
}

const carried = (): Carried => {
  const details = activityInfo().heartbeatDetails as Partial<Carried> | undefined;
  return { waitedBudgetMs: details?.waitedBudgetMs ?? 0 };
};
