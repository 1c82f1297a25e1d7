import { loadConfig } from '../infra/config/config.ts';
import { runRelay } from '../infra/events/relay.ts';
import { makeLogger } from '../infra/telemetry/log.ts';

/** `node workers/relay.ts`: numbers events and tells about them until it is asked to end. */
const config = loadConfig(process.env);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort());

await runRelay({
  url: config.database.systemUrl,
  log: makeLogger({ role: 'relay', level: config.logLevel }),
  signal: stop.signal,
  onReady: () => process.send?.('ready'),
});
process.disconnect?.();
