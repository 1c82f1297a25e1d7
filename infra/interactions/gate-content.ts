import type { EntityManager } from '@mikro-orm/postgresql';
import type { GateOpening, ResolvedGate } from '../../workflows/contract/gates.ts';
import { inputText } from '../../workflows/domain/prompt.ts';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import { callIn } from '../db/call.ts';
import type { Execution } from '../db/entities/execution.ts';
import { Message } from '../db/entities/message.ts';
import { everySeat } from '../executions/every-seat.ts';
import { writtenOutput } from '../executions/write-output.ts';

/** The most of the input that a question's text repeats. */
const INPUT_SHOWN = 4_000;

/** What people are shown at a gate. They see nothing else of the owner, so it says all that one needs to decide. */
export async function gateContent(
  em: EntityManager,
  execution: Execution,
  { before }: ResolvedGate,
  ending: GateOpening['ending'],
): Promise<Record<string, unknown>> {
  if (ending) {
    const { id: executionId, ownerId } = execution;
    const { outcome, decided } = ending;
    return (await writtenOutput(callIn(em), { ownerId, executionId }, outcome, decided)) ?? {};
  }
  const said = before === 'start' ? [] : await lastRound(em, execution.id);
  const input = { ...execution.input };
  if (said.length === 0) return { input, seats: seatsOf(execution) };
  if (before.startsWith('stage:')) return { input, previous: said.at(-1) };
  return { input, round: said[0]!.round, positions: said };
}

const seatsOf = ({ definition }: Execution) =>
  everySeat(definition).map(({ slot, agent }) => ({ slot, agent: agent.name, role: agent.role }));

/** What was answered in the newest round, in the order of the transcript. */
async function lastRound(em: EntityManager, executionId: string) {
  const answers = { executionId, messageType: 'response', supersededAt: null } as const;
  const [last] = await em.find(
    Message,
    { ...answers, sequence: { $ne: null } },
    { orderBy: { round: 'desc' }, limit: 1 },
  );
  if (!last) return [];
  const [messages, seats] = await Promise.all([
    em.find(
      Message,
      { ...answers, round: last.round },
      { orderBy: { sequence: 'asc' }, refresh: true },
    ),
    em.find(AgentExecution, { executionId }),
  ]);
  return messages.map((message) => {
    const seat = seats.find(({ id }) => id === message.senderId);
    return {
      sequence: message.sequence ?? 0,
      round: message.round,
      slot: seat?.slotName ?? null,
      agent: seat?.displayName ?? null,
      text: message.content.text,
      choice: message.choice ?? null,
      verdict: message.verdict ?? null,
      confidence: message.confidence ?? null,
      abstained: message.abstained,
    };
  });
}

/** The question as people read it: the gate's own words, or ones made from its kind and place. */
export function gatePrompt({ prompt, kind, before }: ResolvedGate, { input }: Execution): string {
  const question = prompt ?? QUESTIONS[kind](placeName(before));
  if (before !== 'completion') return question;
  const text = inputText(input);
  const shown = text.length > INPUT_SHOWN ? `${text.slice(0, INPUT_SHOWN)} …` : text;
  return `${question}\n\n${shown}`;
}

const QUESTIONS: Readonly<Record<ResolvedGate['kind'], (place: string) => string>> = {
  approval: (place) => `May it go on to ${place}?`,
  choice: (place) => `Which of the options is it to be, before it goes on to ${place}?`,
  input: (place) => `What should be known before it goes on to ${place}?`,
  edit: (place) => `What should be changed before it goes on to ${place}?`,
};

function placeName(before: ResolvedGate['before']): string {
  if (before === 'start') return 'the first turn';
  if (before === 'completion') return 'its completion with this result';
  const [kind, name] = before.split(':');
  return `${kind} ${name}`;
}
