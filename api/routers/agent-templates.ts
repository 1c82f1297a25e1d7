import { z } from 'zod';
import { addVersion } from '../../infra/agents/versions.ts';
import { AgentTemplate } from '../../infra/db/entities/agent-template.ts';
import { AGENT_ROLES, TEMPLATE_STATUSES } from '../../workflows/domain/enums.ts';
import { created, ok } from '../http/answers.ts';
import { given } from '../http/given.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { idOf, type Route, route } from '../http/route.ts';
import { ownAndShared, ownerOf, permitChange } from '../http/sharing.ts';
import { NewTemplate, TemplateChange, TemplateView } from './agent-templates/bodies.ts';
import { loadTemplate, viewTemplates } from './agent-templates/rows.ts';

const shared = { tag: 'agents' } as const;
const one = { ...shared, params: { id: idOf('agent template') } } as const;

/** `/v1/agent-templates`: reusable descriptions of agents. */
export function agentTemplateRoutes(): Route[] {
  return [
    route({
      ...shared,
      method: 'post',
      path: '/v1/agent-templates',
      access: { scope: 'run' },
      summary: 'Make a template, and its version 1.0.0, as drafts',
      body: NewTemplate,
      answers: { 201: TemplateView },
      handle: async ({ em, principal, body }) => {
        const { shared: forAll, config, personality, capabilities, displayName, ...fields } = body;
        const template = em.create(AgentTemplate, {
          ...fields,
          ownerId: ownerOf(principal, forAll),
          displayName: displayName ?? body.name,
          createdBy: `user:${principal.userId}`,
        });
        await em.flush();
        await addVersion(em, template, '1.0.0', { config, personality, capabilities });
        const [view] = await viewTemplates(em, [template]);
        const location = `/v1/agent-templates/${template.id}`;
        return created(view, { location, version: template.rowVersion });
      },
    }),
    route({
      ...shared,
      method: 'get',
      path: '/v1/agent-templates',
      access: { scope: 'read' },
      summary: 'List templates, own and shared',
      query: {
        ...paging,
        name: z.string().max(64).optional(),
        role: z.enum(AGENT_ROLES).optional(),
        status: z.enum(TEMPLATE_STATUSES).optional(),
      },
      answers: { 200: pageOf(TemplateView) },
      handle: async ({ em, principal, query: { limit, cursor, ...filter } }) => {
        const where = { ...ownAndShared(principal), ...given(filter) };
        const { rows, nextCursor } = await findPage(em, AgentTemplate, where, { limit, cursor });
        return ok({ items: await viewTemplates(em, rows), nextCursor });
      },
    }),
    route({
      ...one,
      method: 'get',
      path: '/v1/agent-templates/:id',
      access: { scope: 'read' },
      summary: 'Read a template',
      answers: { 200: TemplateView },
      handle: async ({ em, params }) => {
        const template = await loadTemplate(em, params.id);
        const [view] = await viewTemplates(em, [template]);
        return ok(view, { version: template.rowVersion });
      },
    }),
    route({
      ...one,
      method: 'patch',
      path: '/v1/agent-templates/:id',
      access: { scope: 'run' },
      summary: 'Change name, description and governance; what agents do is in versions',
      body: TemplateChange,
      answers: { 200: TemplateView },
      handle: async ({ em, principal, params, body, ifMatch }) => {
        const template = await loadTemplate(em, params.id);
        permitChange(principal, template);
        ifMatch(template.rowVersion);
        em.assign(template, given(body));
        await em.flush();
        const [view] = await viewTemplates(em, [template]);
        return ok(view, { version: template.rowVersion });
      },
    }),
  ];
}
