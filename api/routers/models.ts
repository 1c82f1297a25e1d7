import type { z } from 'zod';
import { ModelCatalogEntry } from '../../infra/db/entities/model-catalog-entry.ts';
import { ProviderConfig } from '../../infra/db/entities/provider-config.ts';
import { REHEARSAL, REHEARSAL_MODEL } from '../../infra/executions/choose-model.ts';
import { ok } from '../http/answers.ts';
import { cursorAfter, findPage, pageOf, paging } from '../http/paging.ts';
import { type Route, route } from '../http/route.ts';
import { ownAndShared } from '../http/sharing.ts';
import { ModelView, viewModel } from './providers/bodies.ts';

/** Always there, needs no key, costs nothing; in the list it comes last. */
const BUILT_IN: z.infer<typeof ModelView> = {
  provider: REHEARSAL,
  name: REHEARSAL_MODEL,
  contextWindow: null,
  maxOutputTokens: null,
  isLocal: false,
  capabilities: ['json', 'stream'],
  inputUsdPerMtok: '0.000000',
  outputUsdPerMtok: '0.000000',
  cachedUsdPerMtok: '0.000000',
  enabled: true,
  shared: true,
};

/** `/v1/models`: what agents can name in `models`. */
export function modelRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/models',
      access: { scope: 'read' },
      tag: 'models',
      summary: 'List models of own and shared providers, and the rehearsal model',
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
        if (nextCursor !== null) return ok({ items, nextCursor });
        const last = rows.at(-1);
        // A full last page leaves the built-in model to one more page.
        return last && rows.length === query.limit
          ? ok({ items, nextCursor: cursorAfter(last) })
          : ok({ items: [...items, BUILT_IN], nextCursor: null });
      },
    }),
  ];
}
