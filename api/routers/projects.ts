import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { Project } from '../../infra/db/entities/project.ts';
import { NotFound } from '../../workflows/contract/errors.ts';
import { ProviderConfig } from '../../infra/db/entities/provider-config.ts';
import { isId, pick } from '../../infra/executions/references.ts';
import { created, ok } from '../http/answers.ts';
import { requireFound } from '../http/found.ts';
import { given } from '../http/given.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { idOf, type Route, route } from '../http/route.ts';
import { moment } from '../http/wire.ts';

const fields = {
  name: z.string().min(1).max(255),
  description: z.string().max(10_000).nullable(),
  /** Name or id of a provider; null: the general rule says which model is taken. */
  defaultProvider: z.string().min(1).max(128).nullable(),
  retentionDays: z.int().min(1).max(36_500).nullable(),
};
const NewProject = z
  .strictObject(fields)
  .partial()
  .required({ name: true })
  .meta({ id: 'NewProject' });
const ProjectChange = z.strictObject(fields).partial().meta({ id: 'ProjectChange' });
const ProjectView = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    description: z.string().nullable(),
    defaultProviderId: z.uuid().nullable(),
    retentionDays: z.int().nullable(),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Project' });

/** `/v1/projects`: where agents and executions belong. */
export function projectRoutes(): Route[] {
  const shared = { tag: 'projects', params: { id: idOf('project') } } as const;
  return [
    route({
      method: 'post',
      path: '/v1/projects',
      access: { scope: 'run' },
      tag: 'projects',
      summary: 'Make a project',
      body: NewProject,
      answers: { 201: ProjectView },
      handle: async ({ em, principal, body }) => {
        const project = em.create(Project, { name: body.name, ownerId: principal.userId });
        await change(em, project, body);
        await em.flush();
        return created(view(project), {
          location: `/v1/projects/${project.id}`,
          version: project.rowVersion,
        });
      },
    }),
    route({
      method: 'get',
      path: '/v1/projects',
      access: { scope: 'read' },
      tag: 'projects',
      summary: 'List projects',
      query: paging,
      answers: { 200: pageOf(ProjectView) },
      handle: async ({ em, query, principal }) => {
        const { rows, nextCursor } = await findPage(
          em,
          Project,
          { ownerId: principal.userId },
          query,
        );
        return ok({ items: rows.map(view), nextCursor });
      },
    }),
    route({
      ...shared,
      method: 'get',
      path: '/v1/projects/:id',
      access: { scope: 'read' },
      summary: 'Read a project',
      answers: { 200: ProjectView },
      handle: async ({ em, params }) => {
        const project = await load(em, params.id);
        return ok(view(project), { version: project.rowVersion });
      },
    }),
    route({
      ...shared,
      method: 'patch',
      path: '/v1/projects/:id',
      access: { scope: 'run' },
      summary: 'Change a project',
      body: ProjectChange,
      answers: { 200: ProjectView },
      handle: async ({ em, params, body, ifMatch }) => {
        const project = await load(em, params.id);
        ifMatch(project.rowVersion);
        await change(em, project, body);
        await em.flush();
        return ok(view(project), { version: project.rowVersion });
      },
    }),
  ];
}

async function load(em: EntityManager, id: string): Promise<Project> {
  const project = await em.findOne(Project, { id });
  if (!project) throw new NotFound('project');
  return project;
}

async function change(
  em: EntityManager,
  project: Project,
  { defaultProvider, ...plain }: z.infer<typeof ProjectChange>,
): Promise<void> {
  em.assign(project, given(plain));
  if (defaultProvider === undefined) return;
  project.defaultProviderId =
    defaultProvider && (await findProvider(em, project.ownerId, defaultProvider)).id;
}

async function findProvider(em: EntityManager, ownerId: string, ref: string) {
  const rows = await em.find(ProviderConfig, {
    $and: [
      { $or: [{ ownerId }, { ownerId: null }] },
      isId(ref) ? { $or: [{ id: ref }, { name: ref }] } : { name: ref },
    ],
  });
  return requireFound({ what: 'provider', path: 'defaultProvider', ref }, pick(rows, ref, ownerId));
}

const view = (project: Project): z.input<typeof ProjectView> => ({
  id: project.id,
  name: project.name,
  description: project.description ?? null,
  defaultProviderId: project.defaultProviderId ?? null,
  retentionDays: project.retentionDays ?? null,
  createdAt: project.createdAt.toISOString(),
  updatedAt: project.updatedAt.toISOString(),
});
