import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import { estimateTokens } from '../../workflows/domain/tokens.ts';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import type { Execution } from '../db/entities/execution.ts';
import type { HumanInteraction } from '../db/entities/human-interaction.ts';
import { Message } from '../db/entities/message.ts';
import { newId } from '../db/new-id.ts';
import { recordEvent } from '../db/record-event.ts';
import { promptTokens } from '../executions/seat-rows.ts';

/** Content as it comes back from an edit; what else it holds cannot be changed. */
const Edited = z.object({
  input: ExecutionInput.optional(),
  /** Shown as long as nobody has spoken: then the input may still change. */
  seats: z.array(z.unknown()).optional(),
  previous: z.object({ sequence: z.int(), text: z.string() }).optional(),
  positions: z.array(z.object({ sequence: z.int(), text: z.string() })).default([]),
});

/**
 * Makes an edit true: the input as it is worked on, or what was said as the next turns hear it. The agents' own words
 * are kept, superseded. Edits before the completion are carried out on the output instead.
 */
export async function carryOut(
  em: EntityManager,
  execution: Execution,
  { decision, decidedValue, gate }: HumanInteraction,
): Promise<void> {
  if (decision !== 'edit' || gate === 'completion') return;
  const { input, seats, previous, positions } = Edited.parse(decidedValue);
  if (input && seats) await replaceInput(em, execution, input);
  for (const said of previous ? [previous] : positions) await replaceText(em, execution, said);
}

/** Reservations are made from the length of the prompts. */
async function replaceInput(
  em: EntityManager,
  execution: Execution,
  input: ExecutionInput,
): Promise<void> {
  execution.input = input;
  for (const seat of await em.find(AgentExecution, { executionId: execution.id }))
    seat.promptTokenEstimate = promptTokens(input, seat.slotName, seat.resolvedConfig);
}

async function replaceText(
  em: EntityManager,
  execution: Execution,
  { sequence, text }: { readonly sequence: number; readonly text: string },
): Promise<void> {
  const said = await em.findOne(
    Message,
    { executionId: execution.id, sequence, supersededAt: null },
    { refresh: true },
  );
  if (!said || said.content.text === text) return;
  const id = newId();
  await em.nativeUpdate(Message, { id: said.id }, { supersededAt: new Date() });
  // Without the hash of an ask it is taken as it is, by whichever turn looks for an answer at this place.
  await em.execute(
    `insert into conclave.message select (jsonb_populate_record(m, jsonb_build_object(
       'id', ?::text, 'content', m.content || jsonb_build_object('text', ?::text), 'token_estimate', ?::int,
       'ask_hash', null, 'copied_from_id', null, 'superseded_at', null, 'created_at', clock_timestamp()))).*
     from conclave.message m where m.id = ?`,
    [
      id,
      text,
      said.tokenEstimate + estimateTokens(text) - estimateTokens(said.content.text),
      said.id,
    ],
  );
  recordEvent(
    em,
    {
      ownerId: execution.ownerId,
      eventType: 'turn.edited',
      source: 'workflow',
      subjectType: 'message',
      subjectId: id,
      payload: { messageId: id, sequence, round: said.round },
    },
    execution,
  );
}
