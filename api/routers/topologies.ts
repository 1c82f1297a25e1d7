import { z } from 'zod';
import { Topology } from '../../infra/db/entities/topology.ts';
import { writeParts } from '../../infra/executions/saved-parts.ts';
import { checkedForSaving, writeMembers } from '../../infra/executions/saved-topology.ts';
import { TOPOLOGY_TYPES } from '../../workflows/domain/enums.ts';
import type { ApiDeps } from '../deps.ts';
import { created, ok } from '../http/answers.ts';
import { given } from '../http/given.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { type Route, route } from '../http/route.ts';
import { ownAndShared, ownerOf } from '../http/sharing.ts';
import { NewTopology, TopologyView } from './topologies/bodies.ts';
import { archiveRoute, changeRoute, readRoute, validateRoute } from './topologies/one.ts';
import { viewTopologies } from './topologies/rows.ts';

const shared = { tag: 'topologies' } as const;

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
      const self = { id: null, name: body.name };
      const checked = await checkedForSaving(scope, self, { ...body, path: '' });
      const { config, occupants, parts } = checked;
      const topology = em.create(Topology, { ...fields, ownerId, config });
      await em.flush();
      await writeMembers(em, topology, members, occupants);
      if (parts) await writeParts(em, topology, parts);
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
