import type { Role } from '../support/system.ts';
import { databaseEnv } from './engine.ts';

const PAIRED = ['inference', 'orchestration'] as const satisfies readonly Role[];
const SERVERS = ['postgres', 'temporal'] as const;

/** A role and a server that it talks to. */
export type Pair = `${(typeof PAIRED)[number]}-${(typeof SERVERS)[number]}`;
export const PAIRS = PAIRED.flatMap((role) => SERVERS.map((server): Pair => `${role}-${server}`));

/** Where the servers are. */
export const addressesOf = (
  database: string,
  temporal: string,
): Record<'postgres' | 'temporal', string> => ({
  postgres: new URL(database).host,
  temporal,
});

/** The environments of roles that reach each server over the pair's own address. */
export function envOf(
  { appUrl, systemUrl }: { readonly appUrl: string; readonly systemUrl: string },
  addressOf: (pair: Pair) => string,
) {
  return Object.fromEntries(
    PAIRED.map((role) => {
      const at = (url: string): string => {
        const through = new URL(url);
        through.host = addressOf(`${role}-postgres`);
        return through.href;
      };
      const urls = databaseEnv({ appUrl: at(appUrl), systemUrl: at(systemUrl) });
      return [role, { ...urls, TEMPORAL_ADDRESS: addressOf(`${role}-temporal`) }];
    }),
  );
}

/** The server of a pair. */
export const serverOf = (pair: Pair): 'postgres' | 'temporal' =>
  pair.endsWith('postgres') ? 'postgres' : 'temporal';
