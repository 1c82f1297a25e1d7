import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { Client } from 'pg';
import { createApp } from '../../api/app.ts';
import { callBy } from '../../infra/db/call.ts';
import { makeExecutionStore } from '../../infra/db/execution-store.ts';
import { makePool } from '../../infra/db/pool.ts';
import { makeTurnLedger } from '../../infra/db/turn-ledger.ts';
import { makeEventHub } from '../../infra/events/hub.ts';
import { runRelay } from '../../infra/events/relay.ts';
import type { LiveNote } from '../../workflows/contract/live.ts';
import { Channel } from '../../workflows/contract/names.ts';
import { type Caller, requestsAs, test as base } from './support.ts';
import { makePlay, type Play } from './play.ts';

/** The API with a real Temporal (no worker), a real hub and a real relay, listening. */
export interface Engine {
  readonly app: Express;
  readonly baseUrl: string;
  /** A new user whose requests go to this app. */
  caller(): Promise<Caller>;
  /** Does what workers would do for an execution, by its rows alone. */
  play(caller: Caller, executionId: string): Play;
  /** Sends live notes as a worker does. */
  notify(notes: readonly LiveNote[]): Promise<void>;
  /** Ends the process's part in open streams. */
  shutdown(): void;
}

/** `test` with an engine of the test file's own. */
export const test = base.extend(
  'engine',
  { scope: 'file' },
  async ({ api, orm, database, temporal }, { onCleanup }): Promise<Engine> => {
    const { log } = api.deps;
    const ending = new AbortController();
    const hub = makeEventHub({ url: database.appUrl, log });
    const relay = runRelay({ url: database.systemUrl, log, signal: ending.signal });
    const pool = makePool(database.appUrl, 4);
    const pg = new Client(database.adminUrl);
    await pg.connect();
    const shutdown = new AbortController();
    const app = createApp({
      ...api.deps,
      temporal: temporal.client,
      hub,
      shutdown: shutdown.signal,
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanup(async () => {
      ending.abort();
      server.closeAllConnections();
      server.close();
      await Promise.all([relay, hub.close(), pool.end(), pg.end()]);
    });
    const actors = {
      ledger: makeTurnLedger(pool),
      executions: makeExecutionStore(orm, callBy(pool)),
    };
    return {
      app,
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      caller: async () => {
        const caller = await api.caller();
        return { ...caller, ...requestsAs(app, caller.key) };
      },
      play: ({ id: ownerId }, executionId) => makePlay(actors, { ownerId, executionId }),
      notify: async (notes) => {
        await pg.query('select pg_notify($1, $2)', [Channel.live, JSON.stringify(notes)]);
      },
      shutdown: () => shutdown.abort(),
    };
  },
);

/** An agent written inline that names no model: it rehearses. */
export const inlineAgent = (name: string, config: object = {}) => ({
  name,
  role: 'critic',
  config,
});

/** A start of a debate of two that rehearse. */
export const debateStart = (overrides: Record<string, unknown> = {}) => ({
  inline: {
    type: 'debate',
    config: { consensusMethod: 'majority', maxRounds: 2 },
    members: [
      { slot: 'debater_1', agent: inlineAgent('ada') },
      { slot: 'debater_2', agent: inlineAgent('bob') },
    ],
  },
  input: { question: 'Ship on Friday?', options: ['yes', 'no'] },
  ...overrides,
});

/** Accepts a debate and returns its id. */
export async function startDebate(
  caller: Caller,
  overrides: Record<string, unknown> = {},
): Promise<string> {
  const res = await caller.post('/v1/executions', debateStart(overrides)).expect(202);
  return res.body.id as string;
}
