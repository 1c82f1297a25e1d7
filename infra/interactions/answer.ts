import type { EntityManager } from '@mikro-orm/postgresql';
import {
  EngineError,
  InvalidRequest,
  NotFound,
  type Problem,
} from '../../workflows/contract/errors.ts';
import { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import { editProblems } from '../../workflows/domain/edits.ts';
import type { Decision } from '../../workflows/domain/enums.ts';
import { DECISIONS_OF } from '../../workflows/domain/interactions.ts';
import { callIn } from '../db/call.ts';
import { HumanInteraction } from '../db/entities/human-interaction.ts';
import { newId } from '../db/new-id.ts';
import { unregisteredNames } from '../executions/check-items.ts';
import { addIssues } from '../executions/findings.ts';
import { isSplit } from './split.ts';

/** What one person answers. */
export interface Answer {
  readonly interactionId: string;
  readonly decision: Decision;
  readonly value: string | Readonly<Record<string, unknown>> | null;
  readonly comment: string | null;
  readonly contentHash: Buffer;
}

/** What the database says of an answer: `answer_interaction` in `infra/db/functions/people.sql`. */
type Verdict =
  | 'answered'
  | 'recorded'
  | 'unknown'
  | 'not_named'
  | 'already_decided'
  | 'already_answered'
  | 'late'
  | 'stale_content'
  | 'wrong_decision'
  | 'unknown_choice';

/**
 * Records an answer of the session's user, in the caller's transaction. Returns the question as it stands then, and
 * whether that ended it; throws why the answer does not count.
 */
export async function answerInteraction(
  em: EntityManager,
  answer: Answer,
): Promise<{ readonly interaction: HumanInteraction; readonly isOver: boolean }> {
  const id = answer.interactionId;
  const asked = await em.findOne(HumanInteraction, { id });
  if (!asked) throw new NotFound('interaction');
  if (answer.decision === 'edit' && isAbout(asked, answer)) await refuseUnfit(em, asked, answer);
  const { decision, value, comment, contentHash } = answer;
  const shown = [id, contentHash, decision, value && JSON.stringify(value), comment];
  const verdict = await callIn(em)<Verdict>('answer_interaction', [...shown, newId(), newId()]);
  if (verdict !== 'answered' && verdict !== 'recorded') throw refusal(verdict, asked);
  const interaction = await em.findOneOrFail(HumanInteraction, { id }, { refresh: true });
  return { interaction, isOver: verdict === 'answered' || (await isSplit(em, interaction)) };
}

/** It is still open, and this is what is shown; of all else the database says what is wrong. */
const isAbout = ({ state, kind, contentHash }: HumanInteraction, answer: Answer): boolean =>
  state === 'pending' && kind === 'edit' && answer.contentHash.equals(contentHash);

async function refuseUnfit(
  em: EntityManager,
  { ownerId, gate, content }: HumanInteraction,
  { value }: Answer,
): Promise<void> {
  const edited = typeof value === 'object' && value !== null ? value : {};
  const problems: Problem[] = editProblems(gate, content, edited).map(({ path, message }) => ({
    path: ['content', ...path].join('.'),
    message,
  }));
  if (problems.length === 0 && gate !== 'completion') {
    const { data, error } = ExecutionInput.safeParse(edited['input']);
    if (error) addIssues(problems, 'content.input', error.issues);
    const path = 'content.input.items';
    const shown = (content['input'] as ExecutionInput).items;
    problems.push(...(await unregisteredNames({ em, ownerId }, data?.items, path, shown)));
  }
  if (problems.length > 0) throw new InvalidRequest(problems);
}

function refusal(
  verdict: Exclude<Verdict, 'answered' | 'recorded'>,
  { state, kind }: HumanInteraction,
): EngineError {
  switch (verdict) {
    case 'unknown':
      return new NotFound('interaction');
    case 'not_named':
      return new EngineError('forbidden', 'You are not among those who are asked.');
    case 'already_decided':
      return new EngineError(
        'already_decided',
        `It is ${state === 'pending' ? 'decided' : state} already; your answer changes nothing.`,
      );
    case 'already_answered':
      return new EngineError('already_decided', 'You have answered already; what you said counts.');
    case 'late':
      return new EngineError(
        'already_decided',
        'Its deadline has passed; your answer changes nothing.',
      );
    case 'stale_content':
      return new EngineError(
        'stale_content',
        'What you decided on is not what is asked now; read it again, and name its contentHash.',
      );
    case 'wrong_decision': {
      const message = `Answer with ${DECISIONS_OF[kind].join(' or ')}.`;
      return new InvalidRequest([{ path: 'decision', message }]);
    }
    case 'unknown_choice': {
      const message = 'is none of the options of the interaction; write one word for word';
      return new InvalidRequest([{ path: 'choice', message }]);
    }
  }
}
