import type { MikroORM } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../infra/config/config.ts';
import type { EventHub } from '../infra/events/hub.ts';

/** All that the API stands on. */
export interface ApiDeps {
  /** Connected as `conclave_app`: row-level security applies. */
  readonly orm: MikroORM;
  readonly temporal: Client;
  readonly hub: EventHub;
  readonly config: Pick<
    Config,
    | 'http'
    | 'temporal'
    | 'encryptionKeys'
    | 'defaultModel'
    | 'environmentProviders'
    | 'adapters'
    | 'allowPrivateEndpoints'
  >;
  /** Tells the relay that events were committed. */
  readonly nudge: () => void;
  readonly log: Logger;
  /** What this process shows of itself at `/metrics`. */
  readonly metrics: Registry;
  /** Raised when the process is told to end: open streams say goodbye. */
  readonly shutdown: AbortSignal;
  /** Checks every answer against its declared schema; for tests. */
  readonly verifyAnswers?: boolean;
}
