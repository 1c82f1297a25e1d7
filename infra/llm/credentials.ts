import type { KeyRing } from '../config/encryption-keys.ts';
import {
  type SealedSecret,
  type SecretPlace,
  openSecret,
  resealSecret,
  sealSecret,
} from '../secrets/envelope.ts';

/** What a provider wants to see. Write-only: it leaves this module only towards the provider. */
export interface Credentials {
  readonly apiKey: string;
}

/** A key that the value of an HTTP header can carry: visible ASCII, with spaces only inside (RFC 9110, 5.5). */
export const SENDABLE_KEY = /^[!-~]+(?: +[!-~]+)*$/;

/** The row of `provider_config` that credentials belong to. */
interface ProviderRow {
  readonly id: string;
  readonly ownerId: string | null;
}

/** Credentials as `provider_config` stores them. */
export const sealCredentials = (
  keys: KeyRing,
  row: ProviderRow,
  { apiKey }: Credentials,
): SealedSecret => sealSecret(keys, placeOf(row), JSON.stringify({ apiKey }));

/** The credentials of a row of `provider_config`. Throws `SecretUnreadable`. */
export const openCredentials = (
  keys: KeyRing,
  row: ProviderRow,
  sealed: SealedSecret,
): Credentials => JSON.parse(openSecret(keys, placeOf(row), sealed)) as Credentials;

/** Credentials under the current key, whichever sealed them before. Throws `SecretUnreadable`. */
export const resealCredentials = (
  keys: KeyRing,
  row: ProviderRow,
  sealed: SealedSecret,
): SealedSecret => resealSecret(keys, placeOf(row), sealed);

const placeOf = ({ id, ownerId }: ProviderRow): SecretPlace => ({
  table: 'provider_config',
  rowId: id,
  ownerId,
});
