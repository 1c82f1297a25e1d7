import { expect } from 'vitest';
import type { NthFault } from '../support/nth.ts';
import type { FaultyPostgres } from '../support/postgres-faults.ts';
import { TIER } from './seed.ts';
import { type Judged, LOOP, deathOf, forEachFault, test, titled } from './nth-scene.ts';

/** A relay that takes up the events of a whole debate, from its first statement; true when the fault has struck it. */
async function takeUpWith(
  { statements }: FaultyPostgres,
  fault: NthFault,
  { engine, debate, judge }: Judged,
): Promise<boolean> {
  await engine.system.end('relay');
  const id = await engine.start(debate.body);
  await engine.untilClosed(id);
  statements.arm(fault);
  let struck = false;
  try {
    await engine.startRole('relay').catch((error: unknown) => {
      // One that dies that soon may not have said that it is ready.
      if (fault.onStrike === undefined) throw error;
    });
    await judge.expectSound(id);
  } finally {
    struck = statements.disarm();
  }
  return struck;
}

test.runIf(TIER > 1)(
  titled('any statement of a relay may be lost, or its answer: each event is numbered once'),
  LOOP,
  async ({ engine, wires, judged }) => {
    const scene = await judged('relay', 1);

    await forEachFault('statements of a relay', (fault) =>
      takeUpWith(wires.relay.postgres, fault, scene),
    );

    expect(engine.system.logOf('relay')).not.toContain('unhandled');
  },
);

test.runIf(TIER > 1)(
  titled('a relay may die at any statement, before it is done and after'),
  LOOP,
  async ({ engine, wires, judged }) => {
    const scene = await judged('relay-deaths', 1);
    const { onStrike, isBack } = deathOf(engine, 'relay');

    await forEachFault('deaths of a relay at a statement', async (fault) => {
      const struck = await takeUpWith(wires.relay.postgres, { ...fault, onStrike }, scene);
      await isBack();
      return struck;
    });
  },
);
