import { expect } from 'vitest';
import { TIER } from './seed.ts';
import { LOOP, deathOf, debateWith, forEachFault, test, titled } from './nth-scene.ts';

for (const role of ['inference', 'orchestration'] as const)
  test.runIf(TIER > 1)(
    titled(`${role} may die at any statement, before it is done and after`),
    LOOP,
    async ({ engine, wires, judged }) => {
      const scene = await judged(`deaths-${role}`, 1);
      const { statements } = wires[role].postgres;
      const { onStrike, isBack } = deathOf(engine, role);

      await forEachFault(`deaths of ${role} at a statement`, async (fault) => {
        const struck = await debateWith(statements, { ...fault, onStrike }, scene);
        await isBack();
        return struck;
      });

      expect(engine.system.logOf(role)).not.toContain('unhandled');
    },
  );

test.runIf(TIER > 1)(
  titled('orchestration may die when a task of a workflow is done'),
  LOOP,
  async ({ engine, wires, judged }) => {
    const scene = await judged('tasks');
    const { calls } = wires.orchestration.temporal;
    const { onStrike, isBack } = deathOf(engine, 'orchestration');

    await forEachFault('deaths of orchestration at a call', async (fault) => {
      const struck = await debateWith(calls, { ...fault, onStrike }, scene);
      await isBack();
      return struck;
    });

    expect(engine.system.logOf('orchestration')).not.toContain('unhandled');
  },
);

test.runIf(TIER > 1)(
  titled('inference may die at any call to Temporal'),
  LOOP,
  async ({ engine, wires, judged }) => {
    const scene = await judged('reports', 1);
    const { calls } = wires.inference.temporal;
    const { onStrike, isBack } = deathOf(engine, 'inference');

    await forEachFault('deaths of inference at a call', async (fault) => {
      const struck = await debateWith(calls, { ...fault, onStrike }, scene);
      await isBack();
      return struck;
    });
  },
);
