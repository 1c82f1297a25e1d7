import { expect } from 'vitest';
import { test as base } from '../support/fixtures.ts';
import type { NthCounter, NthFault } from '../support/nth.ts';
import { type FaultyPostgres, openFaultyPostgres } from '../support/postgres-faults.ts';
import type { Role } from '../support/system.ts';
import { type FaultyTemporal, openFaultyTemporal } from '../support/temporal-faults.ts';
import { type Engine, databaseEnv, startEngine } from './engine.ts';
import { type Judge, seatJudge } from './judge.ts';
import { SEED, TIER, randomFrom } from './seed.ts';
import { type SlowDebate, slowDebate } from './slow-debate.ts';

/** The sample's faults lie among the first so many. */
const SAMPLED_FROM = 12;
/** A run that never ends of itself is a failure, too. */
const MOST = 200;
const SIDES = ['before', 'after'] as const;

/** The time limit of a loop: the short form tries a sample, the long one all. */
export const LOOP = { timeout: TIER > 1 ? 3_600_000 : 240_000 };

const WIRED = ['api', 'inference', 'orchestration', 'relay'] as const satisfies readonly Role[];
type Wires = Readonly<
  Record<
    (typeof WIRED)[number],
    { readonly postgres: FaultyPostgres; readonly temporal: FaultyTemporal }
  >
>;

/** A debate and who judges it. */
export interface Judged {
  readonly engine: Engine;
  readonly debate: SlowDebate;
  readonly judge: Judge;
}

/** `test` with an engine each role of which has its own faulty wires to both servers. */
export const test = base
  .extend('wires', { scope: 'file' }, async ({ database, temporal }, { onCleanup }) => {
    const laid = new AsyncDisposableStack();
    onCleanup(() => laid.disposeAsync());
    const open = async (role: (typeof WIRED)[number]) => {
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
          const urls = databaseEnv({ appUrl, systemUrl });
          return [role, { ...urls, TEMPORAL_ADDRESS: server.address }];
        }),
      );
      const started = await startEngine({ database, temporal, envOf });
      onCleanup(() => started.stop());
      return started.engine;
    },
  )
  .extend('judged', { scope: 'file' }, async ({ engine, database }) => {
    const databaseUrl = database.adminUrl;
    return async (name: string, rounds = 2): Promise<Judged> => {
      const debate = await slowDebate(engine, name, { tokenMs: 1, seats: 2, rounds });
      return { engine, debate, judge: await seatJudge({ engine, debate, databaseUrl }) };
    };
  });

/** Says how a failure is repeated. */
export const titled = (title: string): string => `${title} (CONCLAVE_FAULTS_SEED=${SEED})`;

/** A place that is hit, without what is done there beside. */
export type Place = Pick<NthFault, 'n' | 'when'>;

/**
 * The faults to try: all, each until a run has no N-th, or one on each side that the seed chooses. `run` says whether its
 * fault has struck.
 */
export async function forEachFault(
  what: string,
  run: (fault: Place) => Promise<boolean>,
): Promise<void> {
  const random = randomFrom(SEED + what.length * 7_919);
  const strike = (fault: Place): Promise<boolean> =>
    run(fault).catch((cause: unknown) => {
      throw new Error(`${what}: ${fault.n}-th, ${fault.when} it is done`, { cause });
    });
  for (const when of SIDES) {
    let struck = 0;
    if (TIER > 1) {
      while (await strike({ n: struck + 1, when })) struck += 1;
      expect(struck, `${what} come to an end`).toBeLessThan(MOST);
    } else {
      // A quick machine makes fewer of them: a place that the run does not reach is sought further ahead.
      for (let n = 1 + Math.floor(random() * SAMPLED_FROM); struck === 0 && n >= 1; n >>= 1)
        if (await strike({ n, when })) struck += 1;
    }
    expect(struck, `${what} were hit`).toBeGreaterThan(0);
    console.log(`${what}, ${when} it is done: ${struck} hit`);
  }
}

/** Something during which a fault may strike; true when it did. */
export async function during(
  counter: NthCounter,
  fault: NthFault,
  run: () => Promise<unknown>,
): Promise<boolean> {
  counter.arm(fault);
  try {
    await run();
  } finally {
    counter.disarm();
  }
  return counter.disarm();
}

/** One debate during which a fault may strike; true when it did. */
export const debateWith = (
  counter: NthCounter,
  fault: NthFault,
  { engine, debate, judge }: Judged,
): Promise<boolean> =>
  during(counter, fault, async () => judge.expectSound(await engine.start(debate.body)));

/** What makes a fault deadly: the role dies of it as by `kill -9`, and is started anew. */
export function deathOf(
  engine: Engine,
  role: Role,
): { readonly onStrike: () => void; readonly isBack: () => Promise<void> } {
  let back = Promise.resolve();
  return {
    onStrike: () => {
      back = engine.system.kill(role).then(() => engine.startRole(role));
    },
    isBack: () => back,
  };
}
