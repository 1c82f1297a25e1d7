import { Client } from 'pg';
import { expect } from 'vitest';
import type { CallBody, ExecutionBody, MessageBody } from './bodies.ts';
import type { Engine } from './engine.ts';

export interface Node {
  readonly id: string;
  readonly slot: string | null;
  readonly state: string;
  readonly usage: { readonly calls: number };
  readonly totalUsage: { readonly calls: number };
  readonly children: readonly Node[];
}
export interface View extends ExecutionBody {
  readonly statusMessage: string;
  readonly input: { readonly context?: string };
  readonly forkedFrom: { readonly executionId: string; readonly sequence: number } | null;
  readonly forks: readonly string[];
  readonly parent: string | null;
}
type Words = Readonly<Record<string, string | object>>;

/** A pipeline in which each stage says one thing. */
export const pipeline = (stages: Words, config: object = {}) => ({
  type: 'pipeline',
  config: { stages: Object.keys(stages), retryFailedStages: false, ...config },
  members: Object.entries(stages).map(([slot, words]) => {
    const entry = typeof words === 'string' ? { text: words } : words;
    return { slot, agent: { name: slot, config: { rehearsal: { seed: 1, script: [entry] } } } };
  }),
});
export const compound = (config: object, children: Readonly<Record<string, object>>) => ({
  type: 'compound',
  config: {
    ...config,
    children: Object.entries(children).map(([name, topology]) =>
      'topology' in topology ? { name, ...topology } : { name, topology },
    ),
  },
});
export const synthesized = (children: Readonly<Record<string, object>>) => ({
  ...compound({ compositionType: 'parallel', aggregationMethod: 'synthesis' }, children),
  members: [
    {
      slot: 'synthesizer',
      agent: { name: 'sue', config: { rehearsal: { seed: 1, script: [{ text: 'All of it.' }] } } },
    },
  ],
});

export const treeOf = async (engine: Engine, id: string): Promise<Node> =>
  (await engine.http.get<Node>(`/v1/executions/${id}/tree`)).body;
export const viewOf = async (engine: Engine, id: string): Promise<View> =>
  (await engine.http.get<View>(`/v1/executions/${id}`)).body;
const all = (node: Node): Node[] => [node, ...node.children.flatMap(all)];
/** What is in an execution, by slot; the root stands under ''. */
export const named = async (engine: Engine, id: string): Promise<Readonly<Record<string, Node>>> =>
  Object.fromEntries(all(await treeOf(engine, id)).map((node) => [node.slot ?? '', node]));
export const callsIn = async (
  engine: Engine,
  id: string,
): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(all(await treeOf(engine, id)).map(({ slot, usage }) => [slot, usage.calls]));
export const statesIn = async (
  engine: Engine,
  id: string,
): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(all(await treeOf(engine, id)).map(({ slot, state }) => [slot ?? '', state]));

/** A message without what names its execution. */
const said = ({ sequence, round, type, sender, content }: MessageBody) => {
  return { sequence, round, type, slot: sender.slot, content };
};
export const saidIn = async (engine: Engine, id: string) => (await engine.messagesOf(id)).map(said);
export const edited = (fromMessage: number, text: string) => ({
  fromMessage,
  whole: true,
  edit: { content: { text } },
});

export async function run(engine: Engine, body: unknown): Promise<string> {
  const id = await engine.start(body);
  expect(await engine.untilClosed(id)).toMatchObject({ state: 'completed' });
  return id;
}
export async function fork(engine: Engine, id: string, body: object): Promise<string> {
  const answer = await engine.http.post<{ id: string }>(`/v1/executions/${id}/fork`, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body.id;
}
/** All that was asked in the calls of an execution. */
export async function askedIn(engine: Engine, id: string): Promise<string> {
  const calls = await Promise.all(
    (await engine.callsOf(id)).map((call: CallBody) =>
      engine.http.get(`/v1/executions/${id}/calls/${call.id}`),
    ),
  );
  return JSON.stringify(calls.map(({ body }) => body));
}

/** One after the other: `first`, `second` in two stages, `third`. */
export const three = () =>
  compound(
    {},
    {
      first: pipeline({ say: 'One.' }),
      second: pipeline({ draft: 'Two, perhaps.', polish: 'Two.' }),
      third: pipeline({ say: 'Three.' }),
    },
  );

/** Rows as they stand in the database. */
export async function inDatabase(
  url: string,
  query: string,
  values: unknown[],
): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(query, values)).rows;
  } finally {
    await client.end();
  }
}
