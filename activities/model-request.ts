import { renderPrompt } from '../workflows/domain/prompt.ts';
import type { TurnRequest } from '../workflows/contract/turns.ts';
import type { AnswerForm } from './answer-forms.ts';
import type { ModelRequest } from './ports/models.ts';
import type { CallContext } from './ports/turn-ledger.ts';
import { toolsOf } from './tools.ts';

/** A call as its model's provider is asked for it. */
export function modelRequest(
  turn: TurnRequest,
  context: CallContext,
  form: AnswerForm | null,
): ModelRequest {
  const { agent, slot, input } = context;
  const model = agent.models[context.modelIndex]!;
  const tools = toolsOf(agent);
  return {
    model: model.model,
    ...renderPrompt({ ...context, ask: turn.ask }),
    schema: form && { name: turn.ask.kind, json: form.json },
    ...(tools.length > 0 && { tools }),
    temperature: agent.temperature,
    maxTokens: Math.min(agent.maxTokens, model.maxOutputTokens ?? agent.maxTokens),
    timeoutMs: agent.timeoutSeconds * 1_000,
    rehearsal: {
      seed: `${agent.rehearsal?.seed ?? 0}/${agent.name}/${turn.sequence}`,
      role: agent.role,
      slot,
      ask: turn.ask,
      options: input.options ?? [],
      callsBefore: context.callsBefore,
      attempt: context.attempt,
      script: agent.rehearsal,
    },
  };
}
