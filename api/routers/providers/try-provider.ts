import { z } from 'zod';
import { ModelCatalogEntry } from '../../../infra/db/entities/model-catalog-entry.ts';
import { ProviderConfig } from '../../../infra/db/entities/provider-config.ts';
import { DEFAULT_MODELS } from '../../../infra/llm/defaults.ts';
import { makeModels } from '../../../infra/llm/models.ts';
import { tryModel } from '../../../infra/llm/try-model.ts';
import { InvalidRequest, NotFound } from '../../../workflows/contract/errors.ts';
import type { ApiDeps } from '../../deps.ts';
import { ok } from '../../http/answers.ts';
import { idOf, type Route, route } from '../../http/route.ts';
import { permitChange } from '../../http/sharing.ts';

const TestBody = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .meta({ description: "Otherwise the first that is listed, else the type's default." }),
  })
  .default({});

const ProviderTest = z
  .strictObject({
    ok: z.boolean(),
    latencyMs: z.int(),
    model: z.string(),
    error: z
      .strictObject({ code: z.string(), message: z.string() })
      .optional()
      .meta({ description: 'Why it failed, and what cures it.' }),
  })
  .meta({ id: 'ProviderTest' });

/** `POST /v1/providers/:id/test`: one small real call, for whoever may change the provider. */
export const testRoute = ({ orm, config }: ApiDeps): Route => {
  const models = makeModels({ orm, config });
  return route({
    method: 'post',
    path: '/v1/providers/:id/test',
    access: { scope: 'run' },
    tag: 'models',
    summary: 'Call a model of the provider once, for a few tokens',
    params: { id: idOf('provider') },
    body: TestBody,
    transaction: false,
    answers: { 200: ProviderTest },
    handle: async ({ em, principal, params, body, ended }) => {
      const provider = await em.findOne(ProviderConfig, { id: params.id });
      if (!provider) throw new NotFound('provider');
      permitChange(principal, provider);
      const [first] = await em.find(
        ModelCatalogEntry,
        { providerConfigId: provider.id, enabled: true },
        { orderBy: { createdAt: 'asc', id: 'asc' }, limit: 1 },
      );
      const model = body.model ?? first?.modelName ?? DEFAULT_MODELS[provider.providerType];
      if (model === undefined)
        throw new InvalidRequest([
          { path: 'model', message: 'name a model: the provider lists none' },
        ]);
      const { id: providerConfigId, name, providerType } = provider;
      const ownerId = provider.ownerId ?? principal.userId;
      const wanted = { provider: name, providerConfigId, providerType, model };
      return ok(await tryModel(models, ownerId, wanted, ended));
    },
  });
};
