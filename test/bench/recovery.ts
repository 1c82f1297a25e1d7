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

const { values } = parseArgs({ options: { trials: { type: 'string', default: '5' } } });

/**
 * `node test/bench/recovery.ts [--trials 5]`: kill -9 of the very worker that holds a debate, with a second one of its
 * kind standing by; how long until the next row is written, and how much longer than the gap of an undisturbed one.
 */
await onGround({ workers: 2 }, async (ground) => {
  const usual = (await run(ground, null)).longestGapMs;
  console.log(`longest gap of an undisturbed debate: ${Math.round(usual)} ms`);
  console.log('| killed | next row after, median | longest |\n| --- | --- | --- |');
  for (const victim of VICTIMS) {
    const waits: number[] = [];
    for (let trial = 0; trial < Number(values.trials); trial++)
      waits.push((await run(ground, victim)).nextRowMs);
    const shown = [median(waits), Math.max(...waits)].map((ms) => `${(ms / 1_000).toFixed(1)} s`);
    console.log(`| ${victim} | ${shown.join(' | ')} |`);
  }
});

/** Holds a debate; `victim`: with the death of the worker of this kind that has it in hand. */
async function run(
  { http, admin, temporal }: Ground,
  victim: Victim | null,
): Promise<{ readonly nextRowMs: number; readonly longestGapMs: number }> {
  const { body } = await http.post<{ id: string }>('/v1/executions', QUARREL);
  const rows = async (): Promise<number[]> => {
    const { rows: found } = await admin.query<{ created_at: Date }>(
      'select created_at from conclave.message where execution_id = $1 order by created_at',
      [body.id],
    );
    return found.map(({ created_at: at }) => at.getTime());
  };
  while ((await rows()).length < ROWS_BEFORE) await sleep(20);
  const handle = temporal.workflow.getHandle(executionWorkflowId(body.id));
  let diedAt = Date.now();
  if (victim !== null) {
    const pid = await holderOf(victim, handle);
    diedAt = Date.now();
    process.kill(pid, 'SIGKILL');
  }
  await handle.result();
  const times = await rows();
  const gaps = times.slice(1).map((at, i) => at - times[i]!);
  // What the dead had in its hands may still have been stored.
  const next = times.find((at) => at > diedAt + LATENCY_MS / 2) ?? times.at(-1)!;
  return { nextRowMs: next - diedAt, longestGapMs: Math.max(...gaps) };
}

const QUARREL = debate({
  question: 'Tabs or spaces?',
  options: ['tabs', 'spaces'],
  config: { maxRounds: ROUNDS, consensusMethod: 'unanimous', allowEarlyTermination: false },
  debaters: ['tabs', 'spaces'].map((choice) => ({ latencyMs: LATENCY_MS, script: [{ choice }] })),
});

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
