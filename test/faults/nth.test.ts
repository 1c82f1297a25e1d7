import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { test as base } from '../support/fixtures.ts';
import { type FaultyPostgres, openFaultyPostgres } from '../support/postgres-faults.ts';
import { type FaultyTemporal, openFaultyTemporal } from '../support/temporal-faults.ts';
import type { NthCounter, NthFault } from '../support/nth.ts';
import { type Engine, databaseEnv, startEngine } from './engine.ts';
import { type Judge, seatJudge } from './judge.ts';
import { SEED, TIER, randomFrom } from './seed.ts';
import { type SlowDebate, slowDebate } from './slow-debate.ts';

/** Faults of each kind in the short form; the long one goes on until a run has no N-th. */
const SAMPLE = 2;
/** The sample's faults lie among the first so many. */
const SAMPLED_FROM = 12;
/** A run that never ends of itself is a failure, too. */
const MOST = 200;
const TIMEOUT_MS = TIER > 1 ? 3_600_000 : 240_000;
const SIDES = ['before', 'after'] as const;

const WORKERS = ['inference', 'orchestration'] as const;
const WIRED = ['api', ...WORKERS] as const;
type Wired = (typeof WIRED)[number];
type Wires = Readonly<
  Record<Wired, { readonly postgres: FaultyPostgres; readonly temporal: FaultyTemporal }>
>;

const test = base
  .extend('wires', { scope: 'file' }, async ({ database, temporal }, { onCleanup }) => {
    const laid = new AsyncDisposableStack();
    onCleanup(() => laid.disposeAsync());
    const open = async (role: Wired) => {
      const postgres = await openFaultyPostgres(database.adminUrl);
      laid.defer(() => postgres.close());
      const server = await openFaultyTemporal(temporal.address);
      laid.defer(() => server.close());
      return [role, { postgres, temporal: server }] as const;
    };
    return Object.fromEntries(await Promise.all(WIRED.map(open))) as Wires;
  })
  .extend(
    'engine',
    { scope: 'file' },
    async ({ database, temporal, wires }, { onCleanup }): Promise<Engine> => {
      const envOf = Object.fromEntries(
        WIRED.map((role) => {
          const { postgres, temporal: server } = wires[role];
          const appUrl = postgres.through(database.appUrl);
          const systemUrl = postgres.through(database.systemUrl);
          return [
            role,
            { ...databaseEnv({ appUrl, systemUrl }), TEMPORAL_ADDRESS: server.address },
          ];
        }),
      );
      const started = await startEngine({ database, temporal, envOf });
      onCleanup(() => started.stop());
      return started.engine;
    },
  )
  .extend('judged', { scope: 'file' }, async ({ engine, database }) => {
    const databaseUrl = database.adminUrl;
    return async (name: string): Promise<{ debate: SlowDebate; judge: Judge }> => {
      const debate = await slowDebate(engine, name, { tokenMs: 1, seats: 2, rounds: 2 });
      return { debate, judge: await seatJudge({ engine, debate, databaseUrl }) };
    };
  });

/** The faults to try: all, each until there is no N-th, or a sample that the seed chooses. */
async function forEachFault(
  what: string,
  run: (fault: Pick<NthFault, 'n' | 'when'>) => Promise<boolean>,
): Promise<void> {
  const random = randomFrom(SEED + what.length * 7_919);
  let struck = 0;
  const strike = async (fault: Pick<NthFault, 'n' | 'when'>): Promise<boolean> => {
    const hasNth = await run(fault).catch((cause: unknown) => {
      throw new Error(`${what}: ${fault.n}-th, ${fault.when} it is done`, { cause });
    });
    if (hasNth) struck += 1;
    return hasNth;
  };
  for (const when of SIDES) {
    for (let i = 0; TIER > 1 && (await strike({ n: i + 1, when })); i += 1)
      expect(i, `${what} come to an end`).toBeLessThan(MOST);
    for (let i = 0; TIER === 1 && i < SAMPLE; i += 1) {
      let n = 1 + Math.floor(random() * SAMPLED_FROM);
      // A quick machine makes fewer of them: a place that the run does not reach is sought further ahead.
      while (!(await strike({ n, when })) && n > 1) n = Math.ceil(n / 2);
    }
  }
  expect(struck, `${what} were lost`).toBeGreaterThan(0);
}

/** One debate during which a fault may strike; true when it did. */
async function debateWith(
  counter: NthCounter,
  fault: NthFault,
  { engine, debate, judge }: { engine: Engine; debate: SlowDebate; judge: Judge },
): Promise<boolean> {
  counter.arm(fault);
  try {
    await judge.expectSound(await engine.start(debate.body));
  } finally {
    counter.disarm();
  }
  return counter.disarm();
}

const titled = (title: string): string => `${title} (CONCLAVE_FAULTS_SEED=${SEED})`;

for (const role of WORKERS) {
  test(
    titled(`any statement of ${role} may be lost, or its answer`),
    { timeout: TIMEOUT_MS },
    async ({ engine, wires, judged }) => {
      const scene = { engine, ...(await judged(`statements-${role}`)) };
      const { statements } = wires[role].postgres;

      await forEachFault(`statements of ${role}`, (fault) => debateWith(statements, fault, scene));

      expect(engine.system.logOf(role)).not.toContain('unhandled');
    },
  );

  test(
    titled(`any call of ${role} to Temporal may be lost, or its answer`),
    { timeout: TIMEOUT_MS },
    async ({ engine, wires, judged }) => {
      const scene = { engine, ...(await judged(`calls-${role}`)) };
      const { calls } = wires[role].temporal;

      await forEachFault(`calls of ${role}`, (fault) => debateWith(calls, fault, scene));

      expect(engine.system.logOf(role)).not.toContain('unhandled');
    },
  );
}

test(
  titled('orchestration may die when a task of a workflow is done'),
  { timeout: TIMEOUT_MS },
  async ({ engine, wires, judged }) => {
    const scene = { engine, ...(await judged('tasks')) };
    const { calls } = wires.orchestration.temporal;
    let deaths = Promise.resolve();
    const onStrike = (): void => {
      deaths = engine.system.kill('orchestration').then(() => engine.startRole('orchestration'));
    };

    await forEachFault('deaths after a task', async (fault) => {
      const struck = await debateWith(calls, { ...fault, onStrike }, scene);
      await deaths;
      return struck;
    });

    expect(engine.system.logOf('orchestration')).not.toContain('unhandled');
  },
);

test(
  titled('any statement of a start may be lost, or its answer: it is accepted once'),
  { timeout: TIMEOUT_MS },
  async ({ engine, wires, judged }) => {
    const { debate, judge } = await judged('starts');
    const { statements } = wires.api.postgres;

    await forEachFault('statements of a start', async (fault) => {
      const before = await countExecutions(engine);
      statements.arm(fault);
      const id = await startOnce(engine, debate.body);
      const struck = statements.disarm();
      expect(await countExecutions(engine)).toBe(before + 1);
      await judge.expectSound(id);
      return struck;
    });
  },
);

/** Starts under a key, as often as it takes. */
async function startOnce(engine: Engine, body: unknown): Promise<string> {
  const key = randomUUID();
  for (let tries = 0; tries < 5; tries += 1) {
    const { status, body: started } = await engine.http.post<{ id: string }>(
      '/v1/executions',
      body,
      { 'idempotency-key': key },
    );
    if (status === 202) return started.id;
    expect([500, 503], JSON.stringify(started)).toContain(status);
  }
  throw new Error('the start was refused five times');
}

async function countExecutions(engine: Engine): Promise<number> {
  let n = 0;
  for (let cursor = ''; ;) {
    const { body } = await engine.http.get<{ items: unknown[]; nextCursor: string | null }>(
      `/v1/executions?limit=200${cursor}`,
    );
    n += body.items.length;
    if (body.nextCursor === null) return n;
    cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
}
