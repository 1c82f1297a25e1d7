import type { EntityManager } from '@mikro-orm/postgresql';
import type { Outcome } from '../../workflows/contract/outcomes.ts';
import type { Contribution } from '../../workflows/domain/outputs/contribution.ts';
import { outputOf, sequencesOf } from '../../workflows/domain/outputs/output-of.ts';
import { withAnswer } from '../../workflows/domain/outputs/with-answer.ts';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import type { Execution } from '../db/entities/execution.ts';
import { HumanInteraction } from '../db/entities/human-interaction.ts';
import { Message } from '../db/entities/message.ts';
import { childResults } from './children/known.ts';

/**
 * The output of an execution that came to this outcome, in words. What people chose on the way stands in it, and what
 * they `decided` before the completion is carried out on it, in that order.
 */
export async function writtenOutput(
  em: EntityManager,
  execution: Execution,
  outcome: Outcome,
  decided: readonly string[] = [],
): Promise<Record<string, unknown>> {
  const { id, definition, input } = execution;
  const said = await contributions(em, id, [...sequencesOf(outcome)]);
  const children = await childResults(em, execution);
  const output = outputOf(outcome, { definition, input, said, children });
  if (!definition.gates?.length) return output;
  const [chosen] = await em.find(
    HumanInteraction,
    { executionId: id, decision: 'choose', gate: { $ne: 'completion' } },
    { orderBy: { decidedAt: 'desc' }, limit: 1 },
  );
  const answers = await em.find(HumanInteraction, { executionId: id, id: { $in: [...decided] } });
  return decided.reduce(
    (written, each) =>
      withAnswer(
        written,
        answers.find((answer) => answer.id === each),
      ),
    chosen ? { ...output, choice: chosen.decidedValue } : output,
  );
}

async function contributions(
  em: EntityManager,
  executionId: string,
  sequences: number[],
): Promise<Contribution[]> {
  const [messages, seats] = await Promise.all([
    em.find(
      Message,
      { executionId, sequence: { $in: sequences }, supersededAt: null },
      { orderBy: { sequence: 'asc' } },
    ),
    em.find(AgentExecution, { executionId }),
  ]);
  const seatOf = new Map(seats.map((seat) => [seat.id, seat]));
  return messages.map((message) => {
    const seat = seatOf.get(message.senderId ?? '');
    const { sequence, choice, confidence, weight, reasoning, content, output } = message;
    return {
      sequence: sequence ?? 0,
      slot: seat?.slotName ?? '',
      name: seat?.displayName ?? '',
      choice: choice ?? null,
      confidence: confidence ?? null,
      weight: weight ?? 1,
      reasoning: reasoning ?? null,
      text: content.text,
      output: output ?? null,
    };
  });
}
