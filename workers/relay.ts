import { loadConfig } from '../infra/config/config.ts';
import { runRelay } from '../infra/events/relay.ts';
import { makeLogger } from '../infra/telemetry/log.ts';
import { serveMetrics } from '../infra/telemetry/metrics-server.ts';
import { makeProcessMetrics } from '../infra/telemetry/process-metrics.ts';

const ROLE = 'relay';

/** `node workers/relay.ts`: numbers events and tells about them until it is asked to end. */
const config = loadConfig(process.env);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort());

const { host } = config.http;
const metrics = await serveMetrics(makeProcessMetrics(ROLE), { host, port: config.metricsPort });
await runRelay({
  url: config.database.systemUrl,
  log: makeLogger({ role: ROLE, level: config.logLevel }),
  signal: stop.signal,
  onReady: () => process.send?.('ready'),
});
await metrics.close();
process.disconnect?.();
