import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { addVersion, deprecateVersion, publishVersion } from '../../infra/agents/versions.ts';
import type { AgentTemplate } from '../../infra/db/entities/agent-template.ts';
import { TemplateVersion } from '../../infra/db/entities/template-version.ts';
import { recordEvent } from '../../infra/db/record-event.ts';
import type { Principal } from '../../infra/db/session.ts';
import type { ApiDeps } from '../deps.ts';
import { created, ok } from '../http/answers.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { idOf, type Route, route } from '../http/route.ts';
import { permitChange } from '../http/sharing.ts';
import { forbidden } from '../middleware/permit.ts';
import { NewVersion, VersionView } from './agent-templates/bodies.ts';
import { loadTemplate, lockVersion, viewVersions } from './agent-templates/rows.ts';

const params = { id: idOf('agent template') };
const ofVersion = {
  ...params,
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'There is no such version of this agent template.'),
};

/** `/v1/agent-templates/:id/versions`: what the agents of a template do; a published version never changes. */
export function templateVersionRoutes({ nudge }: ApiDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/agent-templates/:id/versions',
      access: { scope: 'run' },
      tag: 'agents',
      summary: 'Add a version, as a draft',
      params,
      body: NewVersion,
      answers: { 201: VersionView },
      handle: async ({ em, principal, params: { id }, body: { version, ...content } }) => {
        const template = await loadTemplate(em, id);
        permitChange(principal, template);
        const row = await addVersion(em, template, version, content);
        const [view] = await viewVersions(em, [row]);
        return created(view, { location: `/v1/agent-templates/${id}/versions` });
      },
    }),
    route({
      method: 'get',
      path: '/v1/agent-templates/:id/versions',
      access: { scope: 'read' },
      tag: 'agents',
      summary: 'List the versions of a template',
      params,
      query: paging,
      answers: { 200: pageOf(VersionView) },
      handle: async ({ em, params: { id }, query }) => {
        await loadTemplate(em, id);
        const { rows, nextCursor } = await findPage(em, TemplateVersion, { templateId: id }, query);
        return ok({ items: await viewVersions(em, rows), nextCursor });
      },
    }),
    route({
      method: 'post',
      path: '/v1/agent-templates/:id/versions/:version/publish',
      access: { scope: 'run' },
      tag: 'agents',
      summary:
        'Publish a version; where approval is required, by an approver or admin, whose act is the approval',
      params: ofVersion,
      answers: { 200: VersionView },
      handle: async ({ em, principal, params: at, afterCommit }) => {
        const { template, row } = await lockVersion(em, at);
        permitChange(principal, template);
        permitApproval(principal, template);
        if (await publishVersion(em, template, row)) {
          recordPublication(em, principal, template, row);
          afterCommit(async () => nudge());
        }
        const [view] = await viewVersions(em, [row]);
        return ok(view);
      },
    }),
    route({
      method: 'post',
      path: '/v1/agent-templates/:id/versions/:version/deprecate',
      access: { scope: 'run' },
      tag: 'agents',
      summary: 'Deprecate a version: nothing new is made from it',
      params: ofVersion,
      answers: { 200: VersionView },
      handle: async ({ em, principal, params: at }) => {
        const { template, row } = await lockVersion(em, at);
        permitChange(principal, template);
        await deprecateVersion(em, template, row);
        const [view] = await viewVersions(em, [row]);
        return ok(view);
      },
    }),
  ];
}

function permitApproval({ roles }: Principal, { approvalRequired, name }: AgentTemplate): void {
  if (!approvalRequired || roles.includes('approver') || roles.includes('admin')) return;
  throw forbidden(
    `Publishing "${name}" takes an approval: ask someone with the role approver or admin to publish it.`,
  );
}

/** The record of who published, and so approved. It belongs to the publisher where the template is shared. */
function recordPublication(
  em: EntityManager,
  { userId }: Principal,
  template: AgentTemplate,
  { id: versionId, version }: TemplateVersion,
): void {
  const actor = `user:${userId}`;
  recordEvent(em, {
    ownerId: template.ownerId ?? userId,
    eventType: 'agent_template.published',
    source: 'api',
    actor,
    subjectType: 'agent_template',
    subjectId: template.id,
    payload: {
      templateId: template.id,
      versionId,
      version,
      approvedBy: template.approvalRequired ? actor : null,
    },
  });
}
