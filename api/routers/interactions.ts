import type { FilterQuery } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { HumanInteraction } from '../../infra/db/entities/human-interaction.ts';
import { type Principal, principalsOf } from '../../infra/db/session.ts';
import { crashPoint } from '../../infra/faults/crash-point.ts';
import { answerInteraction } from '../../infra/interactions/answer.ts';
import { wake } from '../../infra/interactions/wake.ts';
import { NotFound } from '../../workflows/contract/errors.ts';
import { INTERACTION_STATES } from '../../workflows/domain/enums.ts';
import type { ApiDeps } from '../deps.ts';
import { ok } from '../http/answers.ts';
import { findPage, paging } from '../http/paging.ts';
import { idOf, type Route, route } from '../http/route.ts';
import { NewResponse, valueOf } from './interactions/bodies.ts';
import { InteractionView, viewInteractions } from './interactions/view.ts';

const tag = 'people';
const one = { tag, params: { id: idOf('interaction') } } as const;

const InteractionPage = z.strictObject({
  items: z.array(InteractionView),
  nextCursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
  total: z.int().meta({ description: 'Of all pages.' }),
});

/** `/v1/interactions`: questions that hold work up, and the answers to them. */
export const interactionRoutes = (deps: ApiDeps): Route[] => [
  listRoute(),
  readRoute(),
  respondRoute(deps),
];

const listRoute = (): Route =>
  route({
    tag,
    method: 'get',
    path: '/v1/interactions',
    access: { scope: 'read' },
    summary: 'List what is asked in my executions and of me, newest first',
    query: {
      ...paging,
      state: z.enum(INTERACTION_STATES).optional(),
      execution: z.uuid().optional(),
      for: z
        .enum(['me'])
        .optional()
        .meta({ description: 'me: only those in which I am among the people who are asked.' }),
    },
    answers: { 200: InteractionPage },
    handle: async ({ em, principal, query: { limit, cursor, ...filters } }) => {
      const where = filterOf(principal, filters);
      const { rows, nextCursor } = await findPage(em, HumanInteraction, where, { limit, cursor });
      const total = await em.count(HumanInteraction, where);
      return ok({ items: await viewInteractions(em, rows), nextCursor, total });
    },
  });

function filterOf(
  principal: Principal,
  given: {
    readonly state?: HumanInteraction['state'] | undefined;
    readonly execution?: string | undefined;
    readonly for?: 'me' | undefined;
  },
): FilterQuery<HumanInteraction> {
  const isAsked = { assignees: { $overlap: principalsOf(principal) } };
  return {
    ...(given.state && { state: given.state }),
    ...(given.execution !== undefined && { executionId: given.execution }),
    ...(given.for === 'me' ? isAsked : { $or: [{ ownerId: principal.userId }, isAsked] }),
  };
}

const readRoute = (): Route =>
  route({
    ...one,
    method: 'get',
    path: '/v1/interactions/:id',
    access: { scope: 'read' },
    summary: 'Read what is asked, of whom, by when, and who answered what so far',
    answers: { 200: InteractionView },
    handle: async ({ em, params: { id } }) => {
      const interaction = await em.findOne(HumanInteraction, { id });
      if (!interaction) throw new NotFound('interaction');
      const [view] = await viewInteractions(em, [interaction]);
      return ok(view);
    },
  });

const respondRoute = ({ temporal, log, nudge }: ApiDeps): Route =>
  route({
    ...one,
    method: 'post',
    path: '/v1/interactions/:id/responses',
    access: { scope: 'approve' },
    summary: 'Answer; it counts once, and for exactly the content that was shown',
    body: NewResponse,
    answers: { 200: InteractionView },
    handle: async ({ em, params: { id }, body, afterCommit }) => {
      const { interaction, isOver } = await answerInteraction(em, {
        interactionId: id,
        decision: body.decision,
        value: valueOf(body),
        comment: body.comment ?? null,
        contentHash: Buffer.from(body.contentHash, 'hex'),
      });
      afterCommit(async () => {
        crashPoint('a3');
        nudge();
        if (isOver) await wake(temporal, interaction, log);
      });
      const [view] = await viewInteractions(em, [interaction]);
      return ok(view);
    },
  });
