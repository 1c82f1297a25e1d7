import { ModelCatalogEntry } from '../../infra/db/entities/model-catalog-entry.ts';
import { ProviderConfig } from '../../infra/db/entities/provider-config.ts';
import type { ApiDeps } from '../deps.ts';
import { ok } from '../http/answers.ts';
import { findPage, followedBy, pageOf, paging } from '../http/paging.ts';
import { type Route, route } from '../http/route.ts';
import { ownAndShared } from '../http/sharing.ts';
import { BUILT_IN, ModelView, viewEnvironmentModels, viewModel } from './providers/model-views.ts';

/** `/v1/models`: what agents can name in `models`. */
export function modelRoutes({ config: { environmentProviders } }: ApiDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/models',
      access: { scope: 'read' },
      tag: 'models',
      summary:
        'List models of own and shared providers, of the environment, and the rehearsal model',
      query: paging,
      answers: { 200: pageOf(ModelView) },
      handle: async ({ em, principal, query }) => {
        const where = ownAndShared(principal);
        const { rows, nextCursor } = await findPage(em, ModelCatalogEntry, where, query);
        const providers = await em.find(ProviderConfig, {
          id: { $in: rows.map(({ providerConfigId }) => providerConfigId) },
        });
        const items = rows.flatMap((entry) => {
          const provider = providers.find(({ id }) => id === entry.providerConfigId);
          return provider ? [viewModel(provider, entry)] : [];
        });
        const unstored = [...environmentProviders.flatMap(viewEnvironmentModels), BUILT_IN];
        return ok(followedBy(unstored, { items, rows, nextCursor, limit: query.limit }));
      },
    }),
  ];
}
