import type { EntityManager } from '@mikro-orm/postgresql';
import type { GateStanding } from '../../workflows/contract/gates.ts';
import type { Execution } from '../db/entities/execution.ts';
import type { HumanInteraction } from '../db/entities/human-interaction.ts';
import { carryOut } from './carry-out.ts';
import { recordInteraction } from './interaction-event.ts';
import { isSplit } from './split.ts';
import { settleStates } from './standstill.ts';

/** The database's clock: deadlines are its, whichever machine looks at them. */
export async function databaseTime(em: EntityManager): Promise<number> {
  const [row] = await em.execute<{ now: string | Date }[]>('select clock_timestamp() as now');
  return new Date(row!.now).getTime();
}

/**
 * Does what is due with a question, whose row is locked, as are those of its execution and of all above it: takes
 * notice of the answer, asks the next people, or ends it: at its deadline, or when nobody is left who could decide. Says
 * how it stands then.
 */
export async function attend(
  em: EntityManager,
  line: readonly Execution[],
  interaction: HumanInteraction,
): Promise<GateStanding> {
  if (interaction.state === 'pending') {
    const now = await databaseTime(em);
    const { deadlineAt } = interaction;
    const isOver = (deadlineAt && deadlineAt.getTime() <= now) || (await isSplit(em, interaction));
    if (!isOver) return waiting(em, line, interaction, now);
    interaction.state = 'expired';
    interaction.decidedAt = new Date(now);
    recordInteraction(em, line.at(-1)!, interaction, 'expired');
  }
  if (!interaction.signalledAt) {
    interaction.signalledAt = new Date();
    await carryOut(em, line.at(-1)!, interaction);
    await settleStates(em, line, 'workflow');
  }
  return ended(interaction);
}

async function waiting(
  em: EntityManager,
  line: readonly Execution[],
  interaction: HumanInteraction,
  now: number,
): Promise<GateStanding> {
  const { escalation, createdAt, deadlineAt } = interaction;
  const dueAt = (level: number) => {
    const step = escalation[level];
    return step ? createdAt.getTime() + step.afterMs : Infinity;
  };
  while (dueAt(interaction.level) <= now) {
    const { to } = escalation[interaction.level]!;
    interaction.level += 1;
    interaction.assignees = [...new Set([...interaction.assignees, ...to])];
    recordInteraction(em, line.at(-1)!, interaction, 'escalated');
  }
  await em.flush();
  const next = Math.min(dueAt(interaction.level), deadlineAt?.getTime() ?? Infinity);
  const dueMs = next === Infinity ? null : next - now;
  return { state: 'waiting', interactionId: interaction.id, dueMs };
}

function ended({ id, state, decision, onTimeout }: HumanInteraction): GateStanding {
  if (state === 'expired') return { state, action: onTimeout };
  if (state === 'answered' && decision != null)
    return { state: 'decided', interactionId: id, decision };
  return { state: 'cancelled' };
}
