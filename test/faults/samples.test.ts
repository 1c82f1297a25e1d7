import { expect } from 'vitest';
import { ApiRefused, type ApiClient } from '../../infra/stack/api-client.ts';
import { installSamples } from '../../infra/stack/introduction.ts';
import { SAMPLES } from '../../infra/stack/samples/library.ts';
import { TOPOLOGY_TYPES } from '../../workflows/domain/enums.ts';
import type { ExecutionBody, InteractionBody, Page } from './bodies.ts';
import { type Engine, test as base } from './engine.ts';

/** The samples are installed as `npm start` does it, twice: what is there is left alone. */
const test = base.extend('library', { scope: 'file' }, async ({ engine }) => {
  await installSamples(asClient(engine));
  await installSamples(asClient(engine));
  return engine;
});

test('there is a sample of each topology', () => {
  const types = SAMPLES.flatMap(({ topologies }) => topologies.map(({ type }) => type));

  expect([...new Set(types)].toSorted()).toEqual([...TOPOLOGY_TYPES].toSorted());
});

test.for(SAMPLES.map((sample) => [sample.topologies.at(-1)!.name, sample] as const))(
  '%s comes to an answer on what it is for, with people who approve',
  async ([topology, { tryWith }], { library: engine }) => {
    const id = await engine.start({ topology, input: tryWith });

    const ended = await untilClosedWithApprovals(engine, id);

    expect(ended).toMatchObject({ state: 'completed', usage: { rehearsal: true } });
    expect(ended.output).toMatchObject({ answer: expect.stringMatching(/\S/) });
    expect(ended.usage.calls).toBeGreaterThan(0);
  },
);

test.for(SAMPLES.map(({ topologies }) => topologies.at(-1)!.name))(
  '%s says what it would cost before it starts',
  async (topology, { library: engine }) => {
    const { tryWith } = SAMPLES.find(({ topologies }) => topologies.at(-1)!.name === topology)!;

    const { status, body } = await engine.http.post('/v1/executions?dryRun=true', {
      topology,
      input: tryWith,
    });

    expect(status).toBe(200);
    expect(body).toMatchObject({ problems: [], estimate: { calls: expect.any(Number) } });
  },
);

/** Approves whatever the execution asks until it is closed. */
async function untilClosedWithApprovals(engine: Engine, id: string): Promise<ExecutionBody> {
  let isClosed = false;
  const closed = engine.untilClosed(id).finally(() => (isClosed = true));
  while (!isClosed) {
    const { body } = await engine.http.get<Page<InteractionBody>>(
      `/v1/interactions?state=pending&execution=${id}`,
    );
    for (const { id: question, contentHash } of body.items)
      await engine.http.post(`/v1/interactions/${question}/responses`, {
        decision: 'approve',
        contentHash,
      });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return closed;
}

/** The client that `npm start` installs them with, over the test's. */
const asClient = ({ http }: Engine): ApiClient => ({
  async call(method, path, body) {
    const answer = await (method === 'GET' ? http.get(path) : http.post(path, body));
    if (answer.status >= 300)
      throw new ApiRefused(`${method} ${path}`, answer.status, JSON.stringify(answer.body));
    return answer.body;
  },
  stream: () => {
    throw new Error('nothing is streamed while samples are installed');
  },
});
