import type { EntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import { ModelCatalogEntry } from '../../infra/db/entities/model-catalog-entry.ts';
import { ProviderConfig } from '../../infra/db/entities/provider-config.ts';
import { newId } from '../../infra/db/new-id.ts';
import { HOSTED_ENDPOINTS } from '../../infra/llm/defaults.ts';
import { NotFound } from '../../workflows/contract/errors.ts';
import type { ApiDeps } from '../deps.ts';
import { created, ok } from '../http/answers.ts';
import { findPage, followedBy, pageOf, paging } from '../http/paging.ts';
import { idOf, type Route, route } from '../http/route.ts';
import { ownAndShared, ownerOf, permitChange } from '../http/sharing.ts';
import { NewProvider, ProviderChange } from './providers/bodies.ts';
import { changeProvider, permitAdapter, replaceModels } from './providers/changes.ts';
import { testRoute } from './providers/try-provider.ts';
import {
  ListedProvider,
  ProviderView,
  viewEnvironmentProvider,
  viewProvider,
} from './providers/views.ts';

const common = { tag: 'models' } as const;

/** `/v1/providers`: where models are called. Credentials go in and never come out. */
export function providerRoutes(deps: ApiDeps): Route[] {
  const { config } = deps;
  return [
    testRoute(deps),
    route({
      ...common,
      method: 'post',
      path: '/v1/providers',
      access: { scope: 'run' },
      summary: 'Add a provider',
      body: NewProvider,
      answers: { 201: ProviderView },
      handle: async ({ em, principal, body }) => {
        const { shared, providerType, apiEndpoint, adapter = null, models, ...rest } = body;
        permitAdapter(config, adapter);
        const provider = em.create(ProviderConfig, {
          id: newId(),
          ownerId: ownerOf(principal, shared),
          name: rest.name,
          providerType,
          adapter,
          apiEndpoint: apiEndpoint ?? HOSTED_ENDPOINTS[providerType] ?? '',
          authType: rest.authType,
          enabled: rest.enabled,
        });
        const change = { ...rest, apiEndpoint };
        await changeProvider({ em, principal, config }, provider, change);
        await em.flush();
        await replaceModels(em, provider, models);
        const location = `/v1/providers/${provider.id}`;
        return created(await view(em, provider), { location, version: provider.rowVersion });
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/v1/providers',
      access: { scope: 'read' },
      summary: 'List providers: own and shared ones, then those of the environment',
      query: paging,
      answers: { 200: pageOf(ListedProvider) },
      handle: async ({ em, principal, query }) => {
        const { rows, nextCursor } = await findPage(
          em,
          ProviderConfig,
          ownAndShared(principal),
          query,
        );
        const entries = await loadCatalog(em, rows);
        const items = rows.map((row) => viewProvider(row, entries));
        const unstored = config.environmentProviders.map(viewEnvironmentProvider);
        const page = { items, rows, nextCursor, limit: query.limit };
        return ok(followedBy<z.infer<typeof ListedProvider>>(unstored, page));
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/v1/providers/:id',
      access: { scope: 'read' },
      summary: 'Read a provider',
      params: { id: idOf('provider') },
      answers: { 200: ProviderView },
      handle: async ({ em, params }) => {
        const provider = await load(em, params.id);
        return ok(await view(em, provider), { version: provider.rowVersion });
      },
    }),
    route({
      ...common,
      method: 'patch',
      path: '/v1/providers/:id',
      access: { scope: 'run' },
      summary: 'Change a provider; `models` replaces the list',
      params: { id: idOf('provider') },
      body: ProviderChange,
      answers: { 200: ProviderView },
      handle: async ({ em, principal, params, body, ifMatch }) => {
        const provider = await load(em, params.id);
        permitChange(principal, provider);
        ifMatch(provider.rowVersion);
        await changeProvider({ em, principal, config }, provider, body);
        await em.flush();
        if (body.models) await replaceModels(em, provider, body.models);
        return ok(await view(em, provider), { version: provider.rowVersion });
      },
    }),
  ];
}

async function load(em: EntityManager, id: string): Promise<ProviderConfig> {
  const provider = await em.findOne(ProviderConfig, { id });
  if (!provider) throw new NotFound('provider');
  return provider;
}

const loadCatalog = (em: EntityManager, providers: readonly ProviderConfig[]) =>
  em.find(
    ModelCatalogEntry,
    { providerConfigId: { $in: providers.map(({ id }) => id) } },
    { orderBy: { modelName: 'asc' } },
  );

const view = async (em: EntityManager, provider: ProviderConfig) =>
  viewProvider(provider, await loadCatalog(em, [provider]));
