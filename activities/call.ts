import type { ResolvedModel } from '../workflows/contract/definition.ts';
import type { TurnRequest } from '../workflows/contract/turns.ts';
import { callCostUsd } from '../workflows/domain/pricing.ts';
import type { AnswerForm } from './answer-forms.ts';
import type { InferenceDeps } from './ports/deps.ts';
import type { Completion } from './ports/models.ts';
import type { CallContext, CallRecord } from './ports/turn-ledger.ts';
import { turnNote } from './turn-note.ts';

/** One call that is being made. */
export interface Call {
  readonly turn: TurnRequest;
  readonly context: CallContext;
  readonly model: ResolvedModel;
  readonly form: AnswerForm | null;
  /** What it has cost, from its beginning to now. */
  readonly record: (completion?: Partial<Completion>) => CallRecord;
  /** Tells whoever watches. */
  readonly show: (state: 'calling' | 'tool' | 'done') => void;
}

/** Begins a call, and tells whoever watches. */
export function beginCall(
  { live }: InferenceDeps,
  turn: TurnRequest,
  context: CallContext,
  form: AnswerForm | null,
): Call {
  const { executionId, sequence } = turn;
  const { attempt, ordinal } = context;
  const model = context.agent.models[context.modelIndex]!;
  const begunAt = performance.now();
  const call: Call = {
    turn,
    context,
    model,
    form,
    record: (completion = {}) => recordOf(model, completion, performance.now() - begunAt),
    show: (state) => {
      const name = `${model.provider}/${model.model}`;
      live.send(turnNote(turn, { state, model: name, attempt }));
    },
  };
  if (attempt > 1 || ordinal > 0 || context.call > 0)
    live.send({ kind: 'reset', executionId, sequence });
  call.show('calling');
  return call;
}

function recordOf(
  model: ResolvedModel,
  completion: Partial<Completion>,
  latencyMs: number,
): CallRecord {
  const usage = completion.usage ?? { input: 0, cached: 0, output: 0, reasoning: 0 };
  return {
    usage,
    costUsd: callCostUsd(model, usage),
    latencyMs: Math.round(latencyMs),
    firstTokenMs: completion.firstTokenMs ?? null,
    finishReason: completion.finishReason ?? null,
    providerRequestId: completion.providerRequestId ?? null,
    isRehearsal: model.providerType === 'rehearsal',
  };
}
