import type { EntityManager } from '@mikro-orm/postgresql';
import { answerSchema } from '../../../workflows/contract/answers.schema.ts';
import type { EditedContent } from '../../../workflows/contract/control.schema.ts';
import { type Problem, InvalidRequest } from '../../../workflows/contract/errors.ts';
import { groupingOf } from '../../../workflows/domain/grouping.ts';
import { plainAnswer, plainProblem, statementOf } from '../../../workflows/domain/statement.ts';
import { messageTokens } from '../../../workflows/domain/tokens.ts';
import type { Answer } from '../../../activities/ports/turn-ledger.ts';
import type { Execution } from '../../db/entities/execution.ts';
import { Message } from '../../db/entities/message.ts';
import { addIssues } from '../findings.ts';
import { copyId } from './copy-messages.ts';
import type { OriginMessage } from './kept-messages.ts';

const PATH = 'edit.content';

/** Replaces what the last kept message says; it must still be an answer to what was asked. */
export async function editLast(
  em: EntityManager,
  fork: Execution,
  kept: readonly OriginMessage[],
  edit: EditedContent,
): Promise<void> {
  const message = kept.at(-1)!;
  const answer = editedAnswer(fork, kept, message, edit);
  const { text, output, labels, ...columns } = answer;
  const copy = await em.findOneOrFail(Message, { id: copyId(fork.id, message.sequence) });
  // The text is kept once, as in turns.
  const { text: _text, ...data } = output ?? {};
  em.assign(copy, {
    ...columns,
    output: output && data,
    content: { text, ...(output && { data }) },
    tokenEstimate: messageTokens(text),
    kept: { ...copy.kept!, edited: true },
  });
  for (const [sequence, choice] of Object.entries(labels ?? {}))
    await em.nativeUpdate(Message, { id: copyId(fork.id, Number(sequence)) }, { choice });
  await em.flush();
}

function editedAnswer(
  { input, definition, originId }: Execution,
  kept: readonly OriginMessage[],
  { ask, slot, output }: OriginMessage,
  { text, data }: EditedContent,
): Answer {
  const options = input.options ?? [];
  const form = ask && answerSchema(ask, options);
  if (!form) {
    if (data)
      refuse({ path: `${PATH}.data`, message: 'This message is free text; leave data out.' });
    const agent = definition.seats.find((seat) => seat.slot === slot)?.agent;
    const problem = plainProblem(text, agent?.outputFormat ?? null);
    if (problem !== null) refuse({ path: `${PATH}.text`, message: problem });
    return plainAnswer(text);
  }
  const parsed = form.strict().safeParse({
    ...output,
    ...data,
    ...('text' in form.shape && { text }),
  });
  if (!parsed.success) {
    const problems: Problem[] = [];
    addIssues(problems, `${PATH}.data`, parsed.error.issues);
    throw new InvalidRequest(problems);
  }
  if (ask.kind !== 'group') return statementOf(parsed.data);
  const wordsAt = (sequence: number): string => {
    const words = kept.find((each) => each.sequence === sequence)?.output?.['position'];
    return typeof words === 'string' ? words : '';
  };
  const grouping = groupingOf(ask, originId, parsed.data, wordsAt);
  if (!grouping)
    refuse({ path: `${PATH}.data.groups`, message: 'Each label must be in exactly one group.' });
  return { ...grouping, text };
}

function refuse(problem: Problem): never {
  throw new InvalidRequest([problem]);
}
