import { expect } from 'vitest';
import type { NthCounter } from '../support/nth.ts';
import type { InteractionBody, Page } from './bodies.ts';
import type { Engine } from './engine.ts';
import { type Judged, LOOP, type Place, during, forEachFault, test, titled } from './nth-scene.ts';

/** Shorter than the sweep takes to tell of an answer that nobody took notice of. */
const ASKED = { timeout: 30_000 };
const TRIES = 5;

/** A debate that stands still before its first round. */
const startGated = ({ engine, debate }: Judged): Promise<string> =>
  engine.start({ ...debate.body, gates: [{ before: 'round:1' }] });

/** What it asks, as soon as it does. */
async function questionOf({ http }: Engine, id: string): Promise<InteractionBody> {
  const path = `/v1/interactions?execution=${id}&state=pending`;
  const ask = async () => (await http.get<Page<InteractionBody>>(path)).body.items;
  await expect.poll(async () => (await ask()).length, ASKED).toBe(1);
  return (await ask())[0]!;
}

/** Approves, as often as it takes to be told that it counts, or that it has. */
async function approve({ http }: Engine, { id, contentHash }: InteractionBody): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const answer = await http
      .post(`/v1/interactions/${id}/responses`, { decision: 'approve', contentHash })
      .catch(() => null);
    if (answer?.status === 200 || answer?.status === 409) return;
    if (answer && answer.status < 500)
      throw new Error(`the answer got ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  throw new Error(`the answer was refused ${TRIES} times`);
}

/** A debate with a gate during which a fault may strike the role that holds it; true when it did. */
const gateWith = (counter: NthCounter, fault: Place, scene: Judged): Promise<boolean> =>
  during(counter, fault, async () => {
    const { engine, judge } = scene;
    const id = await startGated(scene);
    await approve(engine, await questionOf(engine, id));
    await judge.expectSound(id);
  });

test(
  titled('any statement of orchestration may be lost around a gate, or its answer'),
  LOOP,
  async ({ wires, judged }) => {
    const scene = await judged('gate-statements', 1);
    const { statements } = wires.orchestration.postgres;

    await forEachFault('statements around a gate', (fault) => gateWith(statements, fault, scene));
  },
);

test(
  titled('any call of orchestration to Temporal may be lost around a gate, or its answer'),
  LOOP,
  async ({ wires, judged }) => {
    const scene = await judged('gate-calls', 1);
    const { calls } = wires.orchestration.temporal;

    await forEachFault('calls around a gate', (fault) => gateWith(calls, fault, scene));
  },
);

test(
  titled('any statement of an answer may be lost, or what became of it: it counts once'),
  LOOP,
  async ({ engine, wires, judged }) => {
    const scene = await judged('gate-answers', 1);
    const { statements } = wires.api.postgres;

    await forEachFault('statements of an answer', async (fault) => {
      const id = await startGated(scene);
      const question = await questionOf(engine, id);
      statements.arm(fault);
      await approve(engine, question);
      const struck = statements.disarm();
      await scene.judge.expectSound(id);
      const { body } = await engine.http.get<InteractionBody>(`/v1/interactions/${question.id}`);
      expect(body).toMatchObject({ state: 'answered', responses: [{ decision: 'approve' }] });
      return struck;
    });
  },
);
