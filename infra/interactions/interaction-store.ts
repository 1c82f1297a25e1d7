import { LockMode } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Interactions } from '../../activities/ports/stores.ts';
import { estimateTokens } from '../../workflows/domain/tokens.ts';
import type { Execution } from '../db/entities/execution.ts';
import { HumanInteraction, HumanResponse } from '../db/entities/human-interaction.ts';
import { Message } from '../db/entities/message.ts';
import { WAITING } from '../db/interjections.ts';
import { derivedId } from '../db/new-id.ts';
import { recordEvent } from '../db/record-event.ts';
import { asOwner } from '../db/session.ts';
import { lockExecution, lockWithAncestors } from '../executions/lock-execution.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { askPerson } from './ask.ts';
import { attend } from './attend.ts';
import { openQuestion } from './open.ts';
import { withdrawQuestion } from './withdraw.ts';

/** Questions to people over PostgreSQL, under the owner's row-level security. */
export const makeInteractionStore = ({ em: root }: Pick<MikroORM, 'em'>): Interactions => ({
  async open(opening) {
    const standing = await asOwner(root, opening.ownerId).transactional((em) =>
      openQuestion(em, opening),
    );
    if (standing.state === 'waiting') crashPoint('g1');
    return standing;
  },

  async ask(question) {
    const standing = await asOwner(root, question.ownerId).transactional((em) =>
      askPerson(em, question),
    );
    if (standing.state === 'waiting') crashPoint('g1');
    return standing;
  },

  withdraw: (key) => asOwner(root, key.ownerId).transactional((em) => withdrawQuestion(em, key)),

  async attend({ ownerId, executionId, interactionId: id }) {
    let before = 0;
    const after = await asOwner(root, ownerId).transactional(async (em) => {
      const line = await lockWithAncestors(em, executionId);
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const interaction = await em.findOne(HumanInteraction, { id, executionId }, { lockMode });
      if (!interaction) return null;
      before = interaction.level;
      return { standing: await attend(em, line, interaction), level: interaction.level };
    });
    if (after && after.level > before) crashPoint('g2');
    return after?.standing ?? { state: 'cancelled' };
  },

  placeAnswer: ({ ownerId, executionId, interactionId, sequence, round }) =>
    asOwner(root, ownerId).transactional(async (em) => {
      const execution = await lockExecution(em, executionId);
      const answer = await em.findOne(HumanResponse, { interactionId, decision: 'answer' });
      const id = derivedId(interactionId, 'message');
      const placed = await em.findOne(Message, { id });
      const stands = placed?.supersededAt === null && placed.sequence === sequence;
      if (!execution || !answer || stands) return;
      // What was said here before a reset has lost its place.
      const here = { executionId, sequence, supersededAt: null };
      await em.nativeUpdate(Message, { ...here, deliveryStatus: { $ne: null } }, WAITING);
      await em.nativeUpdate(Message, here, { supersededAt: new Date() });
      if (placed) em.assign(placed, { sequence, round, supersededAt: null });
      else writeAnswer(em, execution, answer, { id, sequence, round });
      recordPlaced(em, execution, answer, { id, sequence, round });
      await em.flush();
    }),
});

interface Place {
  readonly id: string;
  readonly sequence: number;
  readonly round: number;
}

function writeAnswer(
  em: EntityManager,
  { id: executionId, ownerId }: Execution,
  { responderId, value }: HumanResponse,
  place: Place,
): void {
  const said = typeof value === 'string' ? value : value?.['text'];
  const text = typeof said === 'string' ? said : '';
  em.create(Message, {
    ...place,
    ownerId,
    executionId,
    senderKind: 'user',
    senderUserId: responderId,
    messageType: 'interjection',
    content: { text },
    tokenEstimate: estimateTokens(text),
  });
}

function recordPlaced(
  em: EntityManager,
  execution: Execution,
  { responderId }: HumanResponse,
  { id, sequence, round }: Place,
): void {
  recordEvent(
    em,
    {
      ownerId: execution.ownerId,
      eventType: 'turn.interjected',
      source: 'workflow',
      actor: `user:${responderId}`,
      subjectType: 'message',
      subjectId: id,
      payload: { messageId: id, sequence, round },
    },
    execution,
  );
}
