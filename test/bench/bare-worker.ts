import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { loadConfig } from '../../infra/config/config.ts';
import { makeLogger } from '../../infra/telemetry/log.ts';
import { startTracing } from '../../infra/telemetry/tracing.ts';
import { TaskQueue } from '../../workflows/contract/names.ts';
import { runWorker } from '../../workers/run-worker.ts';
import type { BareTurn } from './contestants.ts';

const INSERT = {
  name: 'insert-row',
  text: 'insert into conclave.bare_turn (id, run, sequence, content) values ($1, $2, $3, $4)',
};
const CONTENT = JSON.stringify({ text: 'word '.repeat(400) });

/**
 * `node test/bench/bare-worker.ts <orchestration | inference | both>`: the workers of the bare workflow, run by the
 * product's own `runWorker` with the product's numbers.
 */
const [part] = process.argv.slice(2);
const config = loadConfig(process.env);
const log = makeLogger({ role: `bare-${part}`, level: config.logLevel });
const tracing = await startTracing({ isOn: false, role: `bare-${part}`, log });
const pool = new Pool({ connectionString: config.database.appUrl, max: 10 });

/** One statement, and an id as the answer. */
async function insertRow({ run, sequence }: BareTurn): Promise<string> {
  const id = randomUUID();
  await pool.query({ ...INSERT, values: [id, run, sequence, CONTENT] });
  return id;
}

const activities = { maxConcurrentActivityTaskExecutions: 100, activities: { insertRow } };
const workflows = {
  workflowBundle: { codePath: config.workflowBundle ?? '' },
  maxCachedWorkflows: 1_000,
};
try {
  await runWorker(
    { role: `bare-${part}`, config, log, tracing },
    {
      taskQueue: part === 'inference' ? TaskQueue.inference : TaskQueue.orchestration,
      ...(part !== 'inference' && workflows),
      ...(part !== 'orchestration' && activities),
    },
  );
} finally {
  await pool.end();
}
process.disconnect?.();
