import type { EntityManager } from '@mikro-orm/postgresql';
import { ModelCatalogEntry } from '../../../infra/db/entities/model-catalog-entry.ts';
import type { ProviderConfig } from '../../../infra/db/entities/provider-config.ts';
import type { Principal } from '../../../infra/db/session.ts';
import { sealCredentials } from '../../../infra/llm/credentials.ts';
import { assertEndpointAllowed, mayBePrivate } from '../../../infra/llm/endpoint.ts';
import { InvalidRequest } from '../../../workflows/contract/errors.ts';
import type { ApiDeps } from '../../deps.ts';
import { given } from '../../http/given.ts';
import type { CatalogModel, ProviderChange } from './bodies.ts';

/** What changing a provider needs, and for whom it is done. */
interface ChangeContext {
  readonly em: EntityManager;
  readonly principal: Principal;
  readonly config: ApiDeps['config'];
}

/** Applies a change to a provider's row; its models are `replaceModels`' business. */
export async function changeProvider(
  { em, principal, config }: ChangeContext,
  provider: ProviderConfig,
  { credentials, models: _models, ...plain }: ProviderChange,
): Promise<void> {
  if (plain.apiEndpoint !== undefined)
    await assertEndpointAllowed(plain.apiEndpoint, isPrivateAllowed(principal, config, provider));
  em.assign(provider, given(plain));
  if (credentials !== undefined) setCredentials(config, provider, credentials);
  if (provider.authType === 'none' && provider.credentialsKeyId != null)
    throw new InvalidRequest([
      { path: 'credentials', message: 'must be null with authType "none"; it would never be sent' },
    ]);
}

/** As at each call: whoever changes another owner's provider cannot lend it the own rights. */
const isPrivateAllowed = (
  { roles, userId }: Principal,
  config: ApiDeps['config'],
  { ownerId }: ProviderConfig,
): boolean =>
  config.allowPrivateEndpoints && mayBePrivate(roles) && (ownerId == null || ownerId === userId);

/** Throws `InvalidRequest` unless the operator has named the adapter: a request names no code of its own. */
export function permitAdapter({ adapters }: ApiDeps['config'], adapter: string | null): void {
  if (adapter === null || adapters.has(adapter)) return;
  const known = [...adapters.keys()];
  const message =
    known.length > 0
      ? `can be ${known.join(', ')}`
      : 'none is configured; the operator names them in CONCLAVE_ADAPTERS';
  throw new InvalidRequest([{ path: 'adapter', message }]);
}

function setCredentials(
  { encryptionKeys }: ApiDeps['config'],
  provider: ProviderConfig,
  credentials: NonNullable<ProviderChange['credentials']> | null,
): void {
  const row = { id: provider.id, ownerId: provider.ownerId ?? null };
  const sealed = credentials && sealCredentials(encryptionKeys, row, credentials);
  provider.credentials = sealed && Buffer.from(sealed.envelope);
  provider.credentialsKeyId = sealed && sealed.keyId;
}

/** Makes the catalog what the list says: an entry that stays keeps its id. */
export async function replaceModels(
  em: EntityManager,
  provider: ProviderConfig,
  models: readonly CatalogModel[],
): Promise<void> {
  const entries = await em.find(ModelCatalogEntry, { providerConfigId: provider.id });
  for (const { name, ...fields } of models) {
    const entry = entries.find(({ modelName }) => modelName === name);
    if (entry) em.assign(entry, fields);
    else
      em.create(ModelCatalogEntry, {
        ...fields,
        modelName: name,
        providerConfigId: provider.id,
        ownerId: provider.ownerId ?? null,
      });
  }
  for (const entry of entries)
    if (!models.some(({ name }) => name === entry.modelName)) em.remove(entry);
  await em.flush();
}
