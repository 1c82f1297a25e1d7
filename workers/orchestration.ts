import { MikroORM } from '@mikro-orm/postgresql';
import { orchestrationActivities } from '../activities/index.ts';
import { loadConfig } from '../infra/config/config.ts';
import { makeChildStore } from '../infra/executions/children/child-store.ts';
import { callBy } from '../infra/db/call.ts';
import { makeExecutionStore } from '../infra/db/execution-store.ts';
import { ormConfig } from '../infra/db/orm.config.ts';
import { makePool } from '../infra/db/pool.ts';
import { makeTurnLedger } from '../infra/db/turn-ledger.ts';
import { makeLiveFeed } from '../infra/events/live-feed.ts';
import { makeSweeper } from '../infra/executions/sweeper.ts';
import { makeInteractionStore } from '../infra/interactions/interaction-store.ts';
import { makeScheduleStarter } from '../infra/schedules/start-scheduled.ts';
import { makeLogger } from '../infra/telemetry/log.ts';
import { traceStarts } from '../infra/telemetry/temporal-tracing.ts';
import { startTracing } from '../infra/telemetry/tracing.ts';
import { temporalClient } from '../infra/temporal/connect.ts';
import { ensureSweepSchedule } from '../infra/temporal/sweep-schedule.ts';
import { WORKFLOW_SOURCES } from '../infra/temporal/workflow-bundle.ts';
import { TaskQueue } from '../workflows/contract/names.ts';
import { runWorker } from './run-worker.ts';

const ROLE = 'orchestration';

/** `node workers/orchestration.ts`: the workflows, their quick work in the database, and the sweep. */
const config = loadConfig(process.env);
const log = makeLogger({ role: ROLE, level: config.logLevel });
const tracing = await startTracing({ role: ROLE, isOn: config.tracing, log });
const orm = await MikroORM.init(ormConfig(config.database.appUrl));
// Its own role and pool, for the sweep alone.
const system = await MikroORM.init(ormConfig(config.database.systemUrl, { poolSize: 2 }));
const pool = makePool(config.database.appUrl, 4);
const call = callBy(pool);
const temporal = temporalClient(config.temporal, { workflow: [traceStarts] });
const live = makeLiveFeed({ url: config.database.appUrl, log });
try {
  await ensureSweepSchedule(temporal);
  await runWorker(
    { role: ROLE, config, log, tracing },
    {
      taskQueue: TaskQueue.orchestration,
      ...workflows(),
      maxCachedWorkflows: 1_000,
      activities: orchestrationActivities({
        children: makeChildStore(orm, call),
        executions: makeExecutionStore(orm, call),
        interactions: makeInteractionStore(orm),
        turns: makeTurnLedger(pool),
        sweeper: makeSweeper({ em: system.em, temporal, log }),
        schedules: makeScheduleStarter({ em: orm.em, temporal, defaults: config, log }),
        live,
      }),
    },
  );
} finally {
  await live.close();
  await temporal.connection.close();
  await pool.end();
  await system.close();
  await orm.close();
  await tracing.close();
}
process.disconnect?.();

/** The bundle that was built beforehand where there is one, else one is built now. */
function workflows() {
  const codePath = config.workflowBundle;
  if (codePath !== null) return { workflowBundle: { codePath } };
  const { workflowsPath, workflowInterceptorModules, ...bundlerOptions } = WORKFLOW_SOURCES;
  return {
    workflowsPath,
    interceptors: { workflowModules: workflowInterceptorModules },
    bundlerOptions,
  };
}
