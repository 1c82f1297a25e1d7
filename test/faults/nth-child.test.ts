import { expect } from 'vitest';
import type { NthCounter, NthFault } from '../support/nth.ts';
import type { Engine } from './engine.ts';
import { inside, speaker, start } from './nested.ts';
import { LOOP, deathOf, during, forEachFault, test, titled } from './nth-scene.ts';
import { TIER } from './seed.ts';

/** Two children one after the other, the second of which has one of its own and hears the first. */
const BODY = start({
  type: 'compound',
  config: {
    children: [
      { name: 'first', topology: speaker('Good.') },
      {
        name: 'second',
        topology: inside('deep', speaker('Fine.')),
        input: { task: '$.children.first.output.text' },
      },
    ],
  },
});

interface Node {
  readonly slot: string | null;
  readonly state: string;
  readonly usage: object;
  readonly children: readonly Node[];
}

/** All that came of a compound, without ids. */
async function cameOf(engine: Engine, id: string): Promise<unknown> {
  const { state, output, error } = await engine.untilClosed(id);
  const tree = (await engine.http.get<Node>(`/v1/executions/${id}/tree`)).body;
  const shape = ({ slot, state: its, usage, children }: Node): unknown => ({
    slot,
    state: its,
    usage,
    children: children.map(shape),
  });
  const words = JSON.stringify(output).replaceAll(/"executionId":"[^"]*"/g, '"executionId":""');
  return { state, error, output: words, tree: shape(tree) };
}

/** A compound during which a fault may strike; true when it did. */
const compoundWith = (
  counter: NthCounter,
  fault: NthFault,
  engine: Engine,
  undisturbed: unknown,
): Promise<boolean> =>
  during(counter, fault, async () =>
    expect(await cameOf(engine, await engine.start(BODY))).toEqual(undisturbed),
  );

test(
  titled('any statement of orchestration may be lost around children, or its answer'),
  LOOP,
  async ({ engine, wires }) => {
    const { statements } = wires.orchestration.postgres;
    const undisturbed = await cameOf(engine, await engine.start(BODY));
    expect(undisturbed).toMatchObject({
      state: 'completed',
      output: expect.stringContaining('Fine.'),
    });

    await forEachFault('statements around children', (fault) =>
      compoundWith(statements, fault, engine, undisturbed),
    );
  },
);

test.runIf(TIER > 1)(
  titled('orchestration may die at any statement around children'),
  LOOP,
  async ({ engine, wires }) => {
    const { statements } = wires.orchestration.postgres;
    const undisturbed = await cameOf(engine, await engine.start(BODY));
    const { onStrike, isBack } = deathOf(engine, 'orchestration');

    await forEachFault('deaths of orchestration around children', async (fault) => {
      const struck = await compoundWith(statements, { ...fault, onStrike }, engine, undisturbed);
      await isBack();
      return struck;
    });
  },
);

test.runIf(TIER > 1)(
  titled('any call of orchestration to Temporal may be lost around children'),
  LOOP,
  async ({ engine, wires }) => {
    const { calls } = wires.orchestration.temporal;
    const undisturbed = await cameOf(engine, await engine.start(BODY));

    await forEachFault('calls around children', (fault) =>
      compoundWith(calls, fault, engine, undisturbed),
    );
  },
);
