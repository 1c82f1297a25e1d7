import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { changeAgent } from '../../infra/agents/change-agent.ts';
import { createAgent, createPrivateTemplate } from '../../infra/agents/create-agent.ts';
import { Agent } from '../../infra/db/entities/agent.ts';
import { NotFound } from '../../workflows/contract/errors.ts';
import { AGENT_STATE_DETAILS, AGENT_STATUSES } from '../../workflows/domain/enums.ts';
import type { ApiDeps } from '../deps.ts';
import { created, ok } from '../http/answers.ts';
import { given } from '../http/given.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { idOf, type Route, route } from '../http/route.ts';
import { AgentChange, AgentView, NewAgent } from './agents/bodies.ts';
import { resolveNewAgent } from './agents/resolve.ts';
import { viewAgents } from './agents/view.ts';

const common = { tag: 'agents' } as const;
const one = { ...common, params: { id: idOf('agent') } } as const;

/** `/v1/agents`: living agents. */
export function agentRoutes({ nudge }: ApiDeps): Route[] {
  return [
    route({
      ...common,
      method: 'post',
      path: '/v1/agents',
      access: { scope: 'run' },
      summary: 'Make an agent, from a template or by itself',
      body: NewAgent,
      answers: { 201: AgentView },
      handle: async ({ em, principal, body, afterCommit }) => {
        const { wish, source } = await resolveNewAgent(em, principal, body);
        const agent = await createAgent(
          em,
          source ?? (await createPrivateTemplate(em, wish)),
          wish,
        );
        afterCommit(async () => nudge());
        const [view] = await viewAgents(em, [agent]);
        const location = `/v1/agents/${agent.id}`;
        return created(view, { location, version: agent.rowVersion });
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/v1/agents',
      access: { scope: 'read' },
      summary: 'List agents',
      query: {
        ...paging,
        name: z.string().max(255).optional(),
        projectId: z.uuid().optional(),
        status: z.enum(AGENT_STATUSES).optional(),
        stateDetail: z.enum(AGENT_STATE_DETAILS).optional(),
      },
      answers: { 200: pageOf(AgentView) },
      handle: async ({ em, principal, query: { limit, cursor, ...filter } }) => {
        const where = { ownerId: principal.userId, ...given(filter) };
        const { rows, nextCursor } = await findPage(em, Agent, where, { limit, cursor });
        return ok({ items: await viewAgents(em, rows), nextCursor });
      },
    }),
    route({
      ...one,
      method: 'get',
      path: '/v1/agents/:id',
      access: { scope: 'read' },
      summary: 'Read an agent',
      answers: { 200: AgentView },
      handle: async ({ em, params }) => {
        const agent = await load(em, params.id);
        const [view] = await viewAgents(em, [agent]);
        return ok(view, { version: agent.rowVersion });
      },
    }),
    route({
      ...one,
      method: 'patch',
      path: '/v1/agents/:id',
      access: { scope: 'run' },
      summary: 'Change an agent; `configuration` and `capabilities` are replaced as a whole',
      body: AgentChange,
      answers: { 200: AgentView },
      handle: async ({ em, params, body, ifMatch }) => {
        const agent = await load(em, params.id, LockMode.PESSIMISTIC_WRITE);
        ifMatch(agent.rowVersion);
        await changeAgent(em, agent, body);
        const [view] = await viewAgents(em, [agent]);
        return ok(view, { version: agent.rowVersion });
      },
    }),
  ];
}

async function load(em: EntityManager, id: string, lockMode = LockMode.NONE): Promise<Agent> {
  const agent = await em.findOne(Agent, { id }, { lockMode });
  if (!agent) throw new NotFound('agent');
  return agent;
}
