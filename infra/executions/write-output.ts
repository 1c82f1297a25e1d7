import type { EntityManager } from '@mikro-orm/postgresql';
import type { Outcome } from '../../workflows/contract/outcomes.ts';
import type { Contribution } from '../../workflows/domain/outputs/contribution.ts';
import { outputOf, sequencesOf } from '../../workflows/domain/outputs/output-of.ts';
import { withAnswer } from '../../workflows/domain/outputs/with-answer.ts';
import type { Execution } from '../db/entities/execution.ts';
import { HumanInteraction } from '../db/entities/human-interaction.ts';
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

const CONTRIBUTIONS = `
  select m.sequence, coalesce(a.slot_name, '') as slot, coalesce(a.display_name, '') as name, m.choice, m.confidence,
    coalesce(m.weight, 1) as weight, m.reasoning, m.content ->> 'text' as text, m.output
  from conclave.message m left join conclave.agent_execution a on a.id = m.sender_id
  where m.execution_id = ? and m.sequence = any (?::int[]) and m.superseded_at is null order by m.sequence`;

const contributions = (
  em: EntityManager,
  executionId: string,
  sequences: readonly number[],
): Promise<Contribution[]> =>
  em.execute<Contribution[]>(CONTRIBUTIONS, [executionId, `{${sequences.join(',')}}`]);
