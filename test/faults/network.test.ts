import { test as base } from '../support/fixtures.ts';
import { type Wire, layWire } from '../support/wire.ts';
import { type Engine, startEngine } from './engine.ts';
import { seatJudge } from './judge.ts';
import { type Pair, PAIRS, addressesOf, envOf, serverOf } from './pairs.ts';
import { TIER } from './seed.ts';
import { slowDebate, underWay } from './slow-debate.ts';

const TIMEOUT_MS = 600_000;

const ILL: Readonly<Record<string, (wire: Wire) => void>> = {
  'half open': (wire) => wire.freeze(),
  slow: (wire) => wire.delay(100),
  cut: (wire) => {
    wire.cut();
    setTimeout(() => wire.mend(), 1_000);
  },
};

const test = base
  .extend('wires', { scope: 'file' }, async ({ database, temporal }, { onCleanup }) => {
    const laid = new AsyncDisposableStack();
    onCleanup(() => laid.disposeAsync());
    const addresses = addressesOf(database.adminUrl, temporal.address);
    const wires = new Map<Pair, Wire>();
    for (const pair of PAIRS) {
      const [host = '', port] = addresses[serverOf(pair)].split(':');
      const wire = await layWire({ host, port: Number(port) });
      laid.defer(() => wire.close());
      wires.set(pair, wire);
    }
    return wires;
  })
  .extend(
    'engine',
    { scope: 'file' },
    async ({ database, temporal, wires }, { onCleanup }): Promise<Engine> => {
      const at = (pair: Pair): string => `127.0.0.1:${wires.get(pair)!.port}`;
      const env = envOf(database, at);
      const started = await startEngine({ database, temporal, envOf: env });
      onCleanup(() => started.stop());
      return started.engine;
    },
  );

test.runIf(TIER > 1)(
  'a network that swallows all that connections carry, breaks them, or is slow: all is said, once',
  { timeout: TIMEOUT_MS },
  async ({ engine, wires, database }) => {
    const debate = await slowDebate(engine, 'network', { seats: 3, rounds: 3 });
    const judge = await seatJudge({ engine, debate, databaseUrl: database.adminUrl });

    for (const [pair, wire] of wires)
      for (const [name, treat] of Object.entries(ILL)) {
        const id = await engine.start(debate.body);
        await underWay(debate);
        treat(wire);
        await judge.expectSound(id).catch((cause: unknown) => {
          throw new Error(`${pair} was ${name}`, { cause });
        });
        wire.mend();
      }
  },
);
