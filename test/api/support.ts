import { randomUUID } from 'node:crypto';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { Client as PgClient } from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import supertest from 'supertest';
import type { Express } from 'express';
import { createApp } from '../../api/app.ts';
import type { ApiDeps } from '../../api/deps.ts';
import { newEncryptionKey, parseEncryptionKeys } from '../../infra/config/encryption-keys.ts';
import { newId } from '../../infra/db/new-id.ts';
import { newApiKey } from '../../infra/identity/api-keys.ts';
import type { ApiScope, UserRole } from '../../workflows/domain/enums.ts';
import { API_SCOPES } from '../../workflows/domain/enums.ts';
import { test as base } from '../support/fixtures.ts';

/** A user with one key, and requests under it. */
export interface Caller {
  readonly id: string;
  readonly key: string;
  readonly username: string;
  get(path: string): supertest.Test;
  post(path: string, body?: object): supertest.Test;
  patch(path: string, body?: object): supertest.Test;
  delete(path: string): supertest.Test;
}

/** The app over a database of the test file's own, and ways around it. */
export interface TestApi {
  readonly app: Express;
  readonly deps: ApiDeps;
  /** Asks the database as a superuser. */
  sql<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A new user with a project `default` and a key, written past the API. */
  caller(options?: { roles?: UserRole[]; scopes?: readonly ApiScope[] }): Promise<Caller>;
  /** How many rows each table has. */
  countRows(): Promise<Record<string, number>>;
}

/** `test` with the API over a database of its own; Temporal is not there unless a test brings it. */
export const test = base.extend(
  'api',
  { scope: 'file' },
  async ({ orm, database }, { onCleanup }) => {
    const pg = new PgClient(database.adminUrl);
    await pg.connect();
    onCleanup(() => pg.end());
    const deps: ApiDeps = {
      orm,
      temporal: new TemporalClient({ connection: Connection.lazy({ address: '127.0.0.1:1' }) }),
      hub: { subscribe: () => () => {}, close: async () => {} },
      config: {
        http: { host: '127.0.0.1', port: 0, allowedHosts: ['localhost', '127.0.0.1', '[::1]'] },
        temporal: { connection: { address: '127.0.0.1:1' }, namespace: 'default', uiUrl: null },
        encryptionKeys: parseEncryptionKeys(newEncryptionKey()),
        defaultModel: null,
        environmentProviders: [],
        adapters: new Map(),
        allowPrivateEndpoints: true,
      },
      nudge: () => {},
      log: pino({ level: 'silent' }),
      metrics: new Registry(),
      shutdown: new AbortController().signal,
      verifyAnswers: true,
    };
    return makeTestApi(createApp(deps), deps, pg);
  },
);

function makeTestApi(app: Express, deps: ApiDeps, pg: PgClient): TestApi {
  const sql = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await pg.query(text, values)).rows as Row[];
  return {
    app,
    deps,
    sql,
    caller: async ({ roles = ['member'], scopes = API_SCOPES } = {}) => {
      const id = newId();
      const username = `user-${randomUUID().slice(0, 8)}`;
      const { key, prefix, hash } = newApiKey();
      await sql(
        'insert into conclave.user_account (id, username, email, roles) values ($1, $2, $3, $4)',
        [id, username, `${username}@example.org`, roles],
      );
      await sql(
        'insert into conclave.api_key (id, owner_id, name, prefix, key_hash, scopes) values ($1, $2, $3, $4, $5, $6)',
        [newId(), id, 'test', prefix, hash, scopes],
      );
      await sql('insert into conclave.project (id, owner_id, name) values ($1, $2, $3)', [
        newId(),
        id,
        'default',
      ]);
      return { id, key, username, ...requestsAs(app, key) };
    },
    countRows: async () => {
      const tables = await sql<{ name: string }>(
        `select relname as name from pg_class where relnamespace = 'conclave'::regnamespace
         and relkind in ('r', 'p') and not relispartition and relname not like 'mikro%' order by 1`,
      );
      const counts: [string, number][] = [];
      for (const { name } of tables) {
        const [row] = await sql<{ count: string }>(`select count(*) from conclave.${name}`);
        counts.push([name, Number(row?.count)]);
      }
      return Object.fromEntries(counts);
    },
  };
}

/** Requests to an app under a key. */
export function requestsAs(app: Express, key: string) {
  const agent = () => supertest(app);
  const signed = (request: supertest.Test) => request.set('Authorization', `Bearer ${key}`);
  return {
    get: (path: string) => signed(agent().get(path)),
    post: (path: string, body?: object) => signed(agent().post(path)).send(body),
    patch: (path: string, body?: object) => signed(agent().patch(path)).send(body),
    delete: (path: string) => signed(agent().delete(path)),
  };
}
