import { MikroORM } from '@mikro-orm/postgresql';
import { inferenceActivities } from '../activities/index.ts';
import { loadConfig } from '../infra/config/config.ts';
import { ormConfig } from '../infra/db/orm.config.ts';
import { makePool } from '../infra/db/pool.ts';
import { makeTurnLedger } from '../infra/db/turn-ledger.ts';
import { makeLiveFeed } from '../infra/events/live-feed.ts';
import { makeModels } from '../infra/llm/models.ts';
import { makeLogger } from '../infra/telemetry/log.ts';
import { tracedModels } from '../infra/telemetry/traced-models.ts';
import { startTracing } from '../infra/telemetry/tracing.ts';
import { TaskQueue } from '../workflows/contract/names.ts';
import { runWorker } from './run-worker.ts';

/** Calls that one process makes at once; they wait for the network, so more processes help only past this. */
const CALLS_AT_ONCE = 100;

const ROLE = 'inference';

/** `node workers/inference.ts`: model calls over HTTP. */
const config = loadConfig(process.env);
const log = makeLogger({ role: ROLE, level: config.logLevel });
const tracing = await startTracing({ role: ROLE, isOn: config.tracing, log });
const orm = await MikroORM.init(ormConfig(config.database.appUrl, { poolSize: 4 }));
const pool = makePool(config.database.appUrl, 10);
const live = makeLiveFeed({ url: config.database.appUrl, log });
try {
  await runWorker(
    { role: ROLE, config, log, tracing },
    {
      taskQueue: TaskQueue.inference,
      maxConcurrentActivityTaskExecutions: CALLS_AT_ONCE,
      activities: inferenceActivities({
        models: tracedModels(makeModels({ orm, config })),
        ledger: makeTurnLedger(pool),
        live,
      }),
    },
  );
} finally {
  await live.close();
  await pool.end();
  await orm.close();
  await tracing.close();
}
process.disconnect?.();
