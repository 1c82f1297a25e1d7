import { once } from 'node:events';
import { createServer } from 'node:http';
import { MikroORM } from '@mikro-orm/postgresql';
import { loadConfig } from '../infra/config/config.ts';
import { ormConfig } from '../infra/db/orm.config.ts';
import { makeEventHub } from '../infra/events/hub.ts';
import { makeLiveFeed } from '../infra/events/live-feed.ts';
import { makeLogger } from '../infra/telemetry/log.ts';
import { makeProcessMetrics } from '../infra/telemetry/process-metrics.ts';
import { traceStarts } from '../infra/telemetry/temporal-tracing.ts';
import { startTracing } from '../infra/telemetry/tracing.ts';
import { temporalClient } from '../infra/temporal/connect.ts';
import { createApp } from './app.ts';
import { endOfServer } from './http/end-server.ts';

/** How long requests may go on after the process was told to end. */
const GRACE_MS = 8_000;

/** `node api/server.ts`: answers until told to stop, then ends what it has begun and closes in reverse order. */
const config = loadConfig(process.env);
const log = makeLogger({ role: 'api', level: config.logLevel });
const closing = new AsyncDisposableStack();
const tracing = await startTracing({ role: 'api', isOn: config.tracing, log });
closing.defer(() => tracing.close());

const orm = await MikroORM.init(ormConfig(config.database.appUrl));
closing.defer(() => orm.close());
const temporal = temporalClient(config.temporal, { workflow: [traceStarts] });
closing.defer(() => temporal.connection.close());
const events = { url: config.database.appUrl, log };
const hub = makeEventHub(events);
closing.defer(() => hub.close());
const live = makeLiveFeed(events);
closing.defer(() => live.close());
const shutdown = new AbortController();

const app = createApp({
  orm,
  temporal,
  hub,
  config,
  nudge: () => live.nudge(),
  log,
  metrics: makeProcessMetrics('api'),
  shutdown: shutdown.signal,
});
const server = createServer(app).listen(config.http.port, config.http.host);
const endServer = endOfServer(server);
await once(server, 'listening');
// Before anybody is told that we listen: a signal that nobody waits for ends a process at once.
const told = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
log.info({ address: server.address() }, 'the API listens');
process.send?.('ready');

await told;
log.info('told to stop: open requests end, new ones are not taken');
shutdown.abort();
await endServer(GRACE_MS);
await closing.disposeAsync();
process.disconnect?.();
