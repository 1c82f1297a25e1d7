import { expect } from 'vitest';
import { LOOP, debateWith, forEachFault, test, titled } from './nth-scene.ts';

for (const role of ['inference', 'orchestration'] as const) {
  test(
    titled(`any statement of ${role} may be lost, or its answer`),
    LOOP,
    async ({ engine, wires, judged }) => {
      const scene = await judged(`statements-${role}`);
      const { statements } = wires[role].postgres;

      await forEachFault(`statements of ${role}`, (fault) => debateWith(statements, fault, scene));

      expect(engine.system.logOf(role)).not.toContain('unhandled');
    },
  );

  test(
    titled(`any call of ${role} to Temporal may be lost, or its answer`),
    LOOP,
    async ({ engine, wires, judged }) => {
      const scene = await judged(`calls-${role}`);
      const { calls } = wires[role].temporal;

      await forEachFault(`calls of ${role}`, (fault) => debateWith(calls, fault, scene));

      expect(engine.system.logOf(role)).not.toContain('unhandled');
    },
  );
}
