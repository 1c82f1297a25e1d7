import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { debate } from '../../faults/debates.ts';
import { TaskQueue, WORKFLOW_TASK_TIMEOUT_MS } from '../../../workflows/contract/names.ts';
import type { InteractionBody, Page } from '../../faults/bodies.ts';
import { demand } from '../demand.ts';
import { type Figure, median } from '../figures.ts';
import type { Ground } from '../ground.ts';

/** Answers in one round. */
const ANSWERS = 20;
/** By then who waits has gone to rest. */
const SETTLE_MS = 100;

const says = { script: [{ choice: 'yes', confidence: 0.9 }] };
const GATED = {
  ...debate({
    question: 'Release?',
    options: ['yes', 'no'],
    config: { maxRounds: 1, consensusMethod: 'majority' },
    debaters: [says, says],
  }),
  gates: [{ before: 'start' }],
};

/** From an answer over HTTP until the turn that it lets pass has begun, and from a bare signal to the row of its activity. */
export async function measureGate(ground: Ground, rounds: number): Promise<Figure[]> {
  await answerOverHttp(ground); // connections are open
  await signalBare(ground);
  const [engine, bare]: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds * ANSWERS; i++) {
    engine.push(await answerOverHttp(ground));
    bare.push(await signalBare(ground));
  }
  return [
    {
      what: 'answer at a gate to next turn (bare: signal to row)',
      unit: 'ms',
      engine: median(engine),
      bare: median(bare),
      value: median(engine),
      target: { atMost: 50 },
    },
  ];
}

async function answerOverHttp({ http, admin }: Ground): Promise<number> {
  const { id } = await demand(202, http.post<{ id: string }>('/v1/executions', GATED));
  const { id: question, contentHash } = await questionOf(http, id);
  await sleep(SETTLE_MS);
  const began = Date.now();
  const answer = { decision: 'approve', contentHash };
  await demand(200, http.post(`/v1/interactions/${question}/responses`, answer));
  await demand(200, http.get(`/v1/executions/${id}?waitSeconds=30`));
  const first = 'select min(started_at) as at from conclave.llm_call where execution_id = $1';
  const { rows } = await admin.query<{ at: Date }>(first, [id]);
  return rows[0]!.at.getTime() - began;
}

async function questionOf(http: Ground['http'], execution: string): Promise<InteractionBody> {
  for (;;) {
    const path = `/v1/interactions?execution=${execution}`;
    const { items } = await demand(200, http.get<Page<InteractionBody>>(path));
    if (items[0]) return items[0];
    await sleep(20);
  }
}

async function signalBare({ bareTemporal, admin }: Ground): Promise<number> {
  const run = randomUUID();
  const handle = await bareTemporal.workflow.start('bareGate', {
    workflowId: run,
    taskQueue: TaskQueue.orchestration,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    args: [{ run, taskQueue: TaskQueue.inference }],
  });
  await sleep(SETTLE_MS);
  const began = Date.now();
  await handle.signal('go');
  await handle.result();
  const { rows } = await admin.query<{ at: Date }>(
    'select created_at as at from conclave.bare_turn where run = $1',
    [run],
  );
  return rows[0]!.at.getTime() - began;
}
