import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { quietTemporal } from '../support/quiet.ts';
import { AFTER_EVERY_ROUND, startOwnServer } from '../workflows/own-server.ts';
import { openStage, type Stage } from '../workflows/stage.ts';
import { HISTORIES, RELEASE } from './releases.ts';
import { CHORES, LONG_SCENES, SCENES } from './scenes.ts';

/**
 * `node test/replay/record.ts [name …]`: performs scenes and keeps their histories for the replay test, in the folder of
 * the release that is being made. Without names only what that release has no history of yet. Those of older releases
 * are never recorded anew: they guard the executions that began on the code of their time.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const folder = join(HISTORIES, RELEASE);
const fileOf = (name: string) => join(folder, `${name}.json`);
const isDue = (name: string) =>
  positionals.length > 0 ? positionals.includes(name) : !existsSync(fileOf(name));

quietTemporal();
await mkdir(folder, { recursive: true });
const scenes = Object.entries(SCENES).filter(([name]) => isDue(name));
const chores = Object.entries(CHORES).filter(([name]) => isDue(name));
if (scenes.length + chores.length > 0)
  await withServer(await startOwnServer(), async (stage, keep) => {
    for (const [name, perform] of scenes) {
      const { handle } = await perform(stage);
      await handle.result().catch(() => {}); // some end so on purpose
      await keep(name, handle.workflowId, handle.firstExecutionRunId);
    }
    for (const [name, perform] of chores) {
      const handle = await perform(stage);
      await handle.result();
      await keep(name, handle.workflowId);
    }
  });

const long = Object.entries(LONG_SCENES).filter(([name]) => isDue(`${name}-first-run`));
if (long.length > 0)
  await withServer(await startOwnServer(AFTER_EVERY_ROUND), async (stage, keep) => {
    for (const [name, perform] of long) {
      const { handle } = await perform(stage);
      await handle.result();
      const last = await handle.describe();
      await keep(`${name}-first-run`, handle.workflowId, handle.firstExecutionRunId);
      await keep(`${name}-last-run`, handle.workflowId, last.runId);
    }
  });

type Keep = (name: string, workflowId: string, runId?: string) => Promise<void>;

async function withServer(
  server: TestWorkflowEnvironment,
  record: (stage: Stage, keep: Keep) => Promise<void>,
): Promise<void> {
  const workflowsPath = join(import.meta.dirname, '../../workflows/index.ts');
  const stage = await openStage(server, { workflowsPath });
  try {
    await record(stage, async (name, workflowId, runId) => {
      const history = await server.client.workflow.getHandle(workflowId, runId).fetchHistory();
      await writeFile(fileOf(name), `${withoutTraces(historyToJSON(history))}\n`);
      console.log(`recorded ${name}`);
    });
  } finally {
    await stage.close();
    await server.teardown();
  }
}

/** Workers sign with process and host, schedules with their id, and stack traces show paths: nobody else's business. */
function withoutTraces(json: string): string {
  const history: unknown = JSON.parse(json, (key, value: unknown) =>
    key === 'stackTrace' ? '' : value,
  );
  return JSON.stringify(history, null, 1).replaceAll(
    /\d+@[\w.-]+|temporal-scheduler-[\w-]+/g,
    'worker@example',
  );
}
