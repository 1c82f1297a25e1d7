import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, vi } from 'vitest';
import { newEncryptionKey } from '../../infra/config/encryption-keys.ts';
import { bootstrap } from '../../infra/db/bootstrap.ts';
import { freePort } from '../../infra/stack/ports.ts';
import { test as base, type TestDatabase } from '../support/fixtures.ts';
import { type Answer, type HttpClient, makeHttpClient } from '../support/http-client.ts';
import { makeSystem, type Role, ROLES, type System } from '../support/system.ts';
import type { CallBody, ExecutionBody, MessageBody, Page } from './bodies.ts';

/** The whole product on the test's own database and namespace, each role a process, used over HTTP alone. */
export interface Engine {
  readonly system: System;
  /** As the administrator that a first start makes. */
  readonly http: HttpClient;
  /** As somebody else. */
  as(apiKey: string): HttpClient;
  /** Starts a role that has died, as it was started first. */
  startRole(role: Role, more?: Env): Promise<void>;
  /** More processes for the same work; whoever starts some ends them. */
  beside(): System;
  start(body: unknown): Promise<string>;
  /** Waits until the execution is closed, whatever the API suffers meanwhile. */
  untilClosed(id: string): Promise<ExecutionBody>;
  messagesOf(id: string): Promise<readonly MessageBody[]>;
  callsOf(id: string): Promise<readonly CallBody[]>;
}

const CLOSED = ['completed', 'failed', 'cancelled'];
const CLOSED_LIMIT_MS = 90_000;
const LOG_TAIL = 20_000;

// The first test of a file waits for all roles to start.
vi.setConfig({ testTimeout: 120_000 });

/** `test` with an engine that belongs to the file. */
export const test = base.extend(
  'engine',
  { scope: 'file' },
  async ({ database, temporal }, { onCleanup }): Promise<Engine> => {
    const started = await startEngine({ database, temporal });
    onCleanup(() => started.stop());
    return started.engine;
  },
);

/** Starts all roles. */
export async function startEngine(at: {
  readonly database: TestDatabase;
  readonly temporal: { readonly address: string; readonly namespace?: string | undefined };
  /** What every role is told beside. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a role's process is told beside that, or instead. */
  readonly envOf?: Partial<Record<Role, Env>>;
}): Promise<{ readonly engine: Engine; readonly stop: () => Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'conclave-system-'));
  const port = await freePort();
  const { apiKey } = await bootstrap(at.database.systemUrl, { newKey: true });
  const env = {
    HOST: '127.0.0.1',
    PORT: String(port),
    ...databaseEnv(at.database),
    TEMPORAL_ADDRESS: at.temporal.address,
    TEMPORAL_NAMESPACE: at.temporal.namespace ?? 'default',
    CONCLAVE_HOME: home,
    CONCLAVE_ENCRYPTION_KEYS: newEncryptionKey(),
    CONCLAVE_WORKFLOW_BUNDLE: inject('workflowBundlePath'),
    CONCLAVE_LOG_LEVEL: 'debug',
    ...at.env,
  };
  const system = makeSystem(env);
  const stop = async (): Promise<void> => {
    await system.stop();
    await rm(home, { recursive: true, force: true });
  };
  const startRole = (role: Role, more: Env = {}): Promise<void> =>
    system.start(role, { ...at.envOf?.[role], ...more });
  try {
    await Promise.all(ROLES.map((role) => startRole(role)));
  } catch (error) {
    await Promise.all(ROLES.map((role) => system.kill(role)));
    throw error;
  }
  const http = makeHttpClient(`http://127.0.0.1:${port}`, apiKey ?? '');
  const as = (key: string): HttpClient => makeHttpClient(`http://127.0.0.1:${port}`, key);
  const beside = (): System => makeSystem(env);
  return { engine: { ...makeEngine(system, http), as, startRole, beside }, stop };
}

type Env = Readonly<Record<string, string>>;

/** How a role is told where its database is. */
export const databaseEnv = ({
  appUrl,
  systemUrl,
}: Pick<TestDatabase, 'appUrl' | 'systemUrl'>): Env => ({
  CONCLAVE_APP_DATABASE_URL: appUrl,
  CONCLAVE_SYSTEM_DATABASE_URL: systemUrl,
});

function makeEngine(system: System, http: HttpClient): Omit<Engine, 'as' | 'startRole' | 'beside'> {
  return {
    system,
    http,
    async start(body) {
      const { status, body: started } = await http.post<{ id: string }>('/v1/executions', body);
      if (status !== 202) throw new Error(`not started: ${JSON.stringify(started)}`);
      return started.id;
    },
    async untilClosed(id) {
      const until = performance.now() + CLOSED_LIMIT_MS;
      for (let last = 'nothing'; performance.now() < until;) {
        // The API may be dead at the moment: ask again.
        const answer = await http
          .get<ExecutionBody>(`/v1/executions/${id}?waitSeconds=5`)
          .catch(() => null);
        if (answer?.status === 200 && CLOSED.includes(answer.body.state)) return answer.body;
        if (answer === null) await new Promise((resolve) => setTimeout(resolve, 100));
        last = JSON.stringify(answer?.body ?? last);
      }
      throw new Error(
        `${id} has not closed; logs:\n${ROLES.map((role) => system.logOf(role).slice(-LOG_TAIL)).join('\n')}`,
      );
    },
    messagesOf: (id) => allOf<MessageBody>(http, `/v1/executions/${id}/messages`),
    callsOf: (id) => allOf<CallBody>(http, `/v1/executions/${id}/calls`),
  };
}

/** All pages of a list. */
async function allOf<T>(http: HttpClient, path: string): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const place: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Answer<Page<T>> = await http.get(`${path}?limit=200${place}`);
    if (page.status !== 200)
      throw new Error(`${path}: ${page.status} ${JSON.stringify(page.body)}`);
    items.push(...page.body.items);
    cursor = page.body.nextCursor;
  } while (cursor !== null);
  return items;
}
