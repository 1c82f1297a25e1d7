import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { executionWorkflowId } from '../../workflows/contract/names.ts';
import { debate } from '../faults/debates.ts';
import { median } from './figures.ts';
import { type Ground, onGround } from './ground.ts';

const ROUNDS = 10;
const LATENCY_MS = 300;
/** Rows that a debate has when somebody dies. */
const ROWS_BEFORE = 6;
const VICTIMS = ['inference', 'orchestration'] as const;
type Victim = (typeof VICTIMS)[number];

const QUARREL = debate({
  question: 'Tabs or spaces?',
  options: ['tabs', 'spaces'],
  config: { maxRounds: ROUNDS, consensusMethod: 'unanimous', allowEarlyTermination: false },
  debaters: ['tabs', 'spaces'].map((choice) => ({ latencyMs: LATENCY_MS, script: [{ choice }] })),
});

const { values } = parseArgs({ options: { trials: { type: 'string', default: '5' } } });

/**
 * `node test/bench/recovery.ts [--trials 5]`: kill -9 of the very worker that holds a debate, with a second one of its
 * kind standing by; how long it is silent then, from one row to the next.
 */
await onGround({ workers: 2 }, async (ground) => {
  console.log('| killed | silence, median | longest |\n| --- | --- | --- |');
  for (const victim of [null, ...VICTIMS]) {
    const silences: number[] = [];
    for (let trial = 0; trial < Number(values.trials); trial++)
      silences.push(await longestSilence(ground, victim));
    const shown = [median(silences), Math.max(...silences)];
    const cells = shown.map((ms) => `${(ms / 1_000).toFixed(1)} s`);
    console.log(`| ${[victim ?? 'nobody', ...cells].join(' | ')} |`);
  }
});

/** Holds a debate, during which the worker of the kind `victim` that has it in hand dies, and returns its longest gap between rows. */
async function longestSilence(
  { http, admin, temporal }: Ground,
  victim: Victim | null,
): Promise<number> {
  const { body } = await http.post<{ id: string }>('/v1/executions', QUARREL);
  const rowTimes = async (): Promise<number[]> => {
    const { rows } = await admin.query<{ created_at: Date }>(
      'select created_at from conclave.message where execution_id = $1 order by created_at',
      [body.id],
    );
    return rows.map(({ created_at: at }) => at.getTime());
  };
  while ((await rowTimes()).length < ROWS_BEFORE) await sleep(20);
  const handle = temporal.workflow.getHandle(executionWorkflowId(body.id));
  if (victim !== null) process.kill(await holderOf(victim, handle), 'SIGKILL');
  await handle.result();
  const times = await rowTimes();
  return Math.max(...times.slice(1).map((at, i) => at - times[i]!));
}

type Handle = ReturnType<Ground['temporal']['workflow']['getHandle']>;

/** The process that has a call of the debate in flight, or that keeps its workflow: workers sign with `<pid>@<host>`. */
async function holderOf(victim: Victim, handle: Handle): Promise<number> {
  for (;;) {
    const { raw } = await handle.describe();
    const calls = raw.pendingActivities ?? [];
    const started = calls.find(({ lastWorkerIdentity }) => lastWorkerIdentity);
    if (started && victim === 'inference') return Number.parseInt(started.lastWorkerIdentity!, 10);
    if (started) break; // a moment at which the workflow waits for a call
    await sleep(20);
  }
  const { events } = await handle.fetchHistory();
  const last = events?.findLast((event) => event.workflowTaskStartedEventAttributes);
  return Number.parseInt(last?.workflowTaskStartedEventAttributes?.identity ?? '', 10);
}
