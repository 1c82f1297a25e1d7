import { z } from 'zod';
import { Topology } from '../../infra/db/entities/topology.ts';
import { allFindings } from '../../infra/executions/findings.ts';
import { findProject } from '../../infra/executions/references.ts';
import { resolveTopology } from '../../infra/executions/resolve-definition.ts';
import {
  checkedForSaving,
  writeMembers,
  writtenMembers,
} from '../../infra/executions/saved-topology.ts';
import { TOPOLOGY_TYPES } from '../../workflows/domain/enums.ts';
import type { ApiDeps } from '../deps.ts';
import { created, noContent, ok } from '../http/answers.ts';
import { given } from '../http/given.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { idOf, type Route, route } from '../http/route.ts';
import { ownAndShared, ownerOf, permitChange } from '../http/sharing.ts';
import { NewTopology, TopologyChange, TopologyView, Validation } from './topologies/bodies.ts';
import { loadTopology, viewTopologies } from './topologies/rows.ts';

const shared = { tag: 'topologies' } as const;
const one = { ...shared, params: { id: idOf('topology') } } as const;

/** `/v1/topologies`: how agents work together, saved under a name. */
export const topologyRoutes = (deps: ApiDeps): Route[] => [
  createRoute(),
  listRoute(),
  readRoute(),
  changeRoute(),
  archiveRoute(),
  validateRoute(deps),
];

const createRoute = (): Route =>
  route({
    ...shared,
    method: 'post',
    path: '/v1/topologies',
    access: { scope: 'run' },
    summary: 'Save a topology',
    body: NewTopology,
    answers: { 201: TopologyView },
    handle: async ({ em, principal, body }) => {
      const { members, shared: forAll, ...fields } = body;
      const ownerId = ownerOf(principal, forAll);
      const scope = { em, ownerId: principal.userId };
      const { config, occupants } = await checkedForSaving(scope, { ...body, path: '' });
      const topology = em.create(Topology, { ...fields, ownerId, config });
      await em.flush();
      await writeMembers(em, topology, members, occupants);
      await em.flush();
      const [view] = await viewTopologies(em, [topology]);
      const location = `/v1/topologies/${topology.id}`;
      return created(view, { location, version: topology.rowVersion });
    },
  });

const listRoute = (): Route =>
  route({
    ...shared,
    method: 'get',
    path: '/v1/topologies',
    access: { scope: 'read' },
    summary: 'List topologies, own and shared',
    query: {
      ...paging,
      name: z.string().max(64).optional(),
      type: z.enum(TOPOLOGY_TYPES).optional(),
      archived: z
        .enum(['true', 'false'])
        .default('false')
        .meta({ description: 'true: those only.' }),
    },
    answers: { 200: pageOf(TopologyView) },
    handle: async ({ em, principal, query: { limit, cursor, archived, ...filter } }) => {
      const archivedAt = archived === 'true' ? { $ne: null } : null;
      const where = { ...ownAndShared(principal), ...given(filter), archivedAt };
      const { rows, nextCursor } = await findPage(em, Topology, where, { limit, cursor });
      return ok({ items: await viewTopologies(em, rows), nextCursor });
    },
  });

const readRoute = (): Route =>
  route({
    ...one,
    method: 'get',
    path: '/v1/topologies/:id',
    access: { scope: 'read' },
    summary: 'Read a topology',
    answers: { 200: TopologyView },
    handle: async ({ em, params }) => {
      const topology = await loadTopology(em, params.id);
      const [view] = await viewTopologies(em, [topology]);
      return ok(view, { version: topology.rowVersion });
    },
  });

const changeRoute = (): Route =>
  route({
    ...one,
    method: 'patch',
    path: '/v1/topologies/:id',
    access: { scope: 'run' },
    summary: 'Change a topology; what runs already is not affected',
    body: TopologyChange,
    answers: { 200: TopologyView },
    handle: async ({ em, principal, params, body, ifMatch }) => {
      const topology = await loadTopology(em, params.id);
      permitChange(principal, topology);
      ifMatch(topology.rowVersion);
      const { members, config, ...fields } = body;
      em.assign(topology, given(fields));
      if (members || config) {
        const scope = { em, ownerId: principal.userId };
        const written = {
          type: topology.type,
          config: config ?? topology.config,
          members: members ?? (await writtenMembers(em, topology.id)),
          path: '',
        };
        const checked = await checkedForSaving(scope, written);
        topology.config = checked.config;
        // Seats are part of the topology: a change of them is a change of its version too.
        topology.updatedAt = new Date();
        if (members) await writeMembers(em, topology, members, checked.occupants);
      }
      await em.flush();
      const [view] = await viewTopologies(em, [topology]);
      return ok(view, { version: topology.rowVersion });
    },
  });

const archiveRoute = (): Route =>
  route({
    ...one,
    method: 'delete',
    path: '/v1/topologies/:id',
    access: { scope: 'run' },
    summary: 'Archive a topology: it cannot be started any more',
    answers: { 204: null },
    handle: async ({ em, principal, params, ifMatch }) => {
      const topology = await loadTopology(em, params.id);
      permitChange(principal, topology);
      ifMatch(topology.rowVersion);
      topology.archivedAt ??= new Date();
      await em.flush();
      return noContent();
    },
  });

const validateRoute = ({ config: { defaultModel } }: ApiDeps): Route =>
  route({
    ...one,
    method: 'post',
    path: '/v1/topologies/:id/validate',
    access: { scope: 'read' },
    summary: 'Every reason why it could not be started now, at once',
    answers: { 200: Validation },
    handle: async ({ em, principal, params }) => {
      const topology = await loadTopology(em, params.id);
      const scope = { em, ownerId: principal.userId };
      const project = await findProject(scope, undefined);
      const { definition, findings } = await resolveTopology(
        {
          scope,
          projectProviderId:
            project.status === 'found' ? (project.row.defaultProviderId ?? null) : null,
          defaultModel,
          needsPrices: false,
        },
        {
          type: topology.type,
          config: topology.config,
          members: await writtenMembers(em, topology.id),
          path: '',
        },
      );
      const problems = allFindings(findings);
      if (topology.archivedAt)
        problems.push({ path: '', message: 'The topology is archived; it cannot be started.' });
      const notices = definition?.notices ?? [];
      return ok({ valid: problems.length === 0, problems, notices });
    },
  });
