import { randomUUID } from 'node:crypto';
import { TaskQueue, WORKFLOW_TASK_TIMEOUT_MS } from '../../../workflows/contract/names.ts';
import type { BareShape } from '../contestants.ts';
import { type Figure, ratio } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { demand } from '../demand.ts';
import { cpuMs } from '../process-usage.ts';
import { interleaved } from '../rounds.ts';
import { STORIES, type Story } from '../stories.ts';
import { turnsIn } from '../waves.ts';

interface Cost {
  readonly gapMs: number;
  readonly cpuMs: number;
}

/**
 * Each topology as the API starts it, held against two bare workflows whose activities lie in the same waves and
 * children: one has the product's own turns taken, which leaves what the topology itself costs, one inserts a row.
 */
export async function measureTopologies(ground: Ground, rounds: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const story of STORIES) {
    const contest = { engine: tellByEngine, turns: tellTurns, bare: tellBare };
    await interleaved(1, contest, (tell) => tell(ground, story)); // caches are warm
    const all = await interleaved(rounds, contest, (tell) => tell(ground, story));
    const of = (key: keyof Cost, against: 'turns' | 'bare') =>
      all.map((round) => ({ engine: round.engine[key], bare: round[against][key] }));
    const { topology } = story;
    const most = { atMost: 1.3 };
    figures.push(
      ratio(`${topology}: row to row, beside bare inserts`, 'ms', of('gapMs', 'bare'), most),
      ratio(`${topology}: row to row, beside the same turns`, 'ms', of('gapMs', 'turns'), most),
      ratio(
        `${topology}: CPU of the workers, beside the same turns`,
        'ms',
        of('cpuMs', 'turns'),
        most,
      ),
    );
  }
  return figures;
}

async function tellByEngine(ground: Ground, story: Story): Promise<Cost> {
  const { http, admin } = ground;
  return costOf(ground, story, ['orchestration', 'inference'], async () => {
    const { id } = await demand(202, http.post<{ id: string }>('/v1/executions', story.body));
    const closed = await demand(
      200,
      http.get<{ state: string }>(`/v1/executions/${id}?waitSeconds=30`),
    );
    if (closed.state !== 'completed') throw new Error(`${story.topology} is ${closed.state}`);
    const { rows } = await admin.query<Row>(
      `select m.created_at as at from conclave.message m join conclave.execution e on e.id = m.execution_id
       where e.root_execution_id = $1 and m.sender_kind = 'agent' order by m.created_at`,
      [id],
    );
    return rows;
  });
}

async function tellTurns(ground: Ground, story: Story): Promise<Cost> {
  const { engine, admin } = ground;
  const { waves, children, hearsAll = false } = story;
  return costOf(ground, story, ['orchestration', 'inference'], async () => {
    const shape = { waves, children, first: 1, firstWave: 1, hearsAll };
    const id = await engine.takeInWaves(shape);
    const rows =
      'select created_at as at from conclave.message where execution_id = $1 order by created_at';
    return (await admin.query<Row>(rows, [id])).rows;
  });
}

async function tellBare(ground: Ground, story: Story): Promise<Cost> {
  const { bareTemporal, admin } = ground;
  return costOf(ground, story, ['bare-orchestration', 'bare-inference'], async () => {
    const run = randomUUID();
    const { waves, children } = story;
    const taskQueue = TaskQueue.inference;
    const shape: BareShape = { run, waves, children, first: 1, firstWave: 1, taskQueue };
    await bareTemporal.workflow.execute('bareWaves', {
      workflowId: run,
      taskQueue: TaskQueue.orchestration,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      args: [shape],
    });
    const rows =
      'select created_at as at from conclave.bare_turn where run = $1 order by created_at';
    return (await admin.query<Row>(rows, [run])).rows;
  });
}

interface Row {
  readonly at: Date;
}

/** From the first row to the last, divided by the turns after the first; a story with other turns is not this one. */
async function costOf(
  ground: Ground,
  { topology, waves, children }: Story,
  roles: readonly string[],
  tell: () => Promise<readonly Row[]>,
): Promise<Cost> {
  const pids = ground.pidsOf(roles);
  const before = await cpuMs(pids);
  const rows = await tell();
  const used = (await cpuMs(pids)) - before;
  const turns = turnsIn([waves, ...children].flat());
  if (rows.length !== turns)
    throw new Error(`${topology} took ${rows.length} turns in place of ${turns}`);
  const tookMs = rows.at(-1)!.at.getTime() - rows[0]!.at.getTime();
  return { gapMs: tookMs / (turns - 1), cpuMs: used / turns };
}
