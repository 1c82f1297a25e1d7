import { expect } from 'vitest';
import type { InteractionBody, Page } from './bodies.ts';
import type { Engine } from './engine.ts';

interface Node {
  readonly id: string;
  readonly state: string;
  readonly children: readonly Node[];
}

/** A pipeline of one stage. */
export const speaker = (text: string, delayMs = 0) => ({
  type: 'pipeline',
  config: { stages: ['say'] },
  members: [
    {
      slot: 'say',
      agent: { name: 'speaker', config: { rehearsal: { seed: 1, script: [{ text, delayMs }] } } },
    },
  ],
});
/** A compound of one child. */
export const inside = (name: string, topology: object, more: object = {}) => ({
  type: 'compound',
  config: { children: [{ name, topology, ...more }] },
});
/** A start of what is written here. */
export const start = (inline: object) => ({ inline, input: { task: 'Find out.' } });

/** The states of an execution and of all below it, from the top down. */
export async function statesOf(engine: Engine, id: string): Promise<string[]> {
  const { body } = await engine.http.get<Node>(`/v1/executions/${id}/tree`);
  const states = (node: Node): string[] => [node.state, ...node.children.flatMap(states)];
  return states(body);
}

/** A gate before the completion of the third level. */
export const gatedDeep = (kind: object = {}) =>
  start(
    inside(
      'one',
      inside(
        'two',
        inside('three', speaker('Ready.'), { gates: [{ before: 'completion', ...kind }] }),
      ),
    ),
  );

/** Waits until the caller is asked something that an execution, or one below it, waits for. */
export async function untilAsked(engine: Engine, id: string): Promise<InteractionBody> {
  for (let tries = 0; tries < 400; tries++) {
    const path = '/v1/interactions?state=pending&for=me';
    const { body } = await engine.http.get<Page<InteractionBody>>(path);
    const root = await engine.http.get<{ openInteractions: readonly { id: string }[] }>(
      `/v1/executions/${id}`,
    );
    const [open] = root.body.openInteractions;
    const asked = body.items.find((each) => each.id === open?.id);
    if (asked) return asked;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody was asked about ${id}`);
}

/** Answers what was asked, for what was shown. */
export async function respond(
  engine: Engine,
  { id, contentHash }: InteractionBody,
  answer: object,
): Promise<void> {
  const path = `/v1/interactions/${id}/responses`;
  expect((await engine.http.post(path, { ...answer, contentHash })).status).toBe(200);
}
