import type { EntityManager } from '@mikro-orm/postgresql';
import { resultText } from '../../../workflows/domain/compound/inputs.ts';
import { confidenceOf } from '../../../workflows/domain/compound/results.ts';
import { LONGEST_OPTION } from '../../../workflows/domain/positions.ts';
import { messageTokens } from '../../../workflows/domain/tokens.ts';
import type { ResultsRequest } from '../../../workflows/contract/children.ts';
import type { Execution } from '../../db/entities/execution.ts';
import { Message } from '../../db/entities/message.ts';
import { newId } from '../../db/new-id.ts';
import { childrenOfExecution } from './known.ts';

/**
 * Makes a message of each child's output, within the caller's transaction. What stands at its place already, and says
 * something else, is from before a retry and is superseded; what a person made of it in a fork stays.
 */
export async function postResults(
  em: EntityManager,
  parent: Execution,
  results: ResultsRequest['results'],
): Promise<void> {
  const { id: executionId, ownerId } = parent;
  const children = await childrenOfExecution(em, parent);
  const sequences = results.map(({ sequence }) => sequence);
  const current = { executionId, sequence: { $in: sequences }, supersededAt: null };
  const standing = await em.find(Message, current);
  const missing = results.flatMap(({ name, sequence }) => {
    const output = children.find(({ parentSlot }) => parentSlot === name)?.output ?? {};
    const text = resultText(output);
    const there = standing.find((message) => message.sequence === sequence);
    if (there?.subtype === name && (there.kept?.edited || there.content.text === text)) return [];
    return [{ name, sequence, text, output, isAnother: there !== undefined }];
  });
  const wrong = missing.flatMap(({ sequence, isAnother }) => (isAnother ? sequence : []));
  await em.nativeUpdate(
    Message,
    { ...current, sequence: { $in: wrong } },
    { supersededAt: new Date() },
  );
  if (missing.length === 0) return;
  // The database's time, as of turns: a fork sees by it what was said before.
  const [{ now }] = await em.execute<[{ now: string | Date }]>('select now()');
  const createdAt = new Date(now);
  for (const { name, sequence, text, output } of missing)
    em.create(Message, {
      id: newId(),
      ownerId,
      executionId,
      sequence,
      round: 1,
      senderKind: 'system',
      messageType: 'response',
      subtype: name,
      content: { text },
      tokenEstimate: messageTokens(text),
      choice: choiceOf(output),
      confidence: confidenceOf(output),
      weight: 1,
      createdAt,
    });
  await em.flush();
}

/** A longer answer is no choice among options; it stands in the text. */
const choiceOf = ({ answer }: Readonly<Record<string, unknown>>): string | null =>
  typeof answer === 'string' && answer.length <= LONGEST_OPTION ? answer : null;
