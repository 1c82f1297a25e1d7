import { allFindings } from '../../../infra/executions/findings.ts';
import { findProject } from '../../../infra/executions/references.ts';
import { lineageOf } from '../../../infra/executions/resolve-children.ts';
import { resolveGates } from '../../../infra/executions/resolve-gates.ts';
import { resolveTopology } from '../../../infra/executions/resolve-definition.ts';
import { writeParts } from '../../../infra/executions/saved-parts.ts';
import {
  checkedForSaving,
  writeMembers,
  writtenTopology,
} from '../../../infra/executions/saved-topology.ts';
import type { ApiDeps } from '../../deps.ts';
import { noContent, ok } from '../../http/answers.ts';
import { given } from '../../http/given.ts';
import { idOf, type Route, route } from '../../http/route.ts';
import { permitChange } from '../../http/sharing.ts';
import { TopologyChange, TopologyView, Validation } from './bodies.ts';
import { loadTopology, viewTopologies } from './rows.ts';

const one = { tag: 'topologies', params: { id: idOf('topology') } } as const;

/** `GET /v1/topologies/:id`. */
export const readRoute = (): Route =>
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

/** `PATCH /v1/topologies/:id`. */
export const changeRoute = (): Route =>
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
      const { members, config, gates, ...fields } = body;
      em.assign(topology, given(fields));
      if (members || config || gates) {
        const scope = { em, ownerId: principal.userId };
        const written = {
          ...(await writtenTopology(em, topology, '')),
          ...given({ config, members }),
          gates: gates ?? topology.gates,
        };
        const checked = await checkedForSaving(scope, topology, written);
        // What was written is kept; where it was not, so are the names in it.
        if (config) topology.config = checked.config;
        topology.gates = written.gates;
        // Seats are part of the topology: a change of them is a change of its version too.
        topology.updatedAt = new Date();
        if (members) await writeMembers(em, topology, members, checked.occupants);
        if (config && checked.parts) await writeParts(em, topology, checked.parts);
      }
      await em.flush();
      const [view] = await viewTopologies(em, [topology]);
      return ok(view, { version: topology.rowVersion });
    },
  });

/** `DELETE /v1/topologies/:id`. */
export const archiveRoute = (): Route =>
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

/** `POST /v1/topologies/:id/validate`. */
export const validateRoute = ({ config: defaults }: ApiDeps): Route =>
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
          defaults,
          needsPrices: false,
        },
        await writtenTopology(em, topology, ''),
        lineageOf(topology),
      );
      const gates = [{ path: 'gates', gates: topology.gates }];
      await resolveGates(scope, gates, { plan: definition, options: null }, findings.invalid);
      const problems = allFindings(findings);
      if (topology.archivedAt)
        problems.push({ path: '', message: 'The topology is archived; it cannot be started.' });
      const notices = definition?.notices ?? [];
      return ok({ valid: problems.length === 0, problems, notices });
    },
  });
