import { Client } from 'pg';
import { Channel } from '../../../workflows/contract/names.ts';
import type { LiveNote } from '../../../workflows/contract/live.ts';
import { demand } from '../demand.ts';
import { type Figure, median } from '../figures.ts';
import type { Ground } from '../ground.ts';

/** Starts in one round. */
const STARTS = 20;

const AGENT = {
  name: 'bench',
  role: 'critic',
  configuration: {
    models: [{ provider: 'rehearsal', model: 'rehearsal-1' }],
    rehearsal: { seed: 1, latencyMs: 0, script: [{ text: 'word '.repeat(400) }] },
  },
};
const BODY = { agent: AGENT.name, input: { question: 'Tabs or spaces?' } };

/** From the request to the first token as the API hears it, and from a bare start to its first row. */
export async function measureFirstToken(ground: Ground, rounds: number): Promise<Figure[]> {
  const tokens = await listenForTokens(ground.databaseUrl);
  const [engine, bare]: [number[], number[]] = [[], []];
  try {
    await demand(201, ground.http.post('/v1/agents', AGENT));
    await startOverHttp(ground, tokens); // connections are open
    for (let i = 0; i < rounds * STARTS; i++) {
      engine.push(await startOverHttp(ground, tokens));
      bare.push(await startBare(ground));
    }
  } finally {
    await tokens.close();
  }
  return [
    {
      what: 'POST to first token (bare: start to first row)',
      unit: 'ms',
      engine: median(engine),
      bare: median(bare),
      value: median(engine),
      target: { atMost: 60 },
    },
  ];
}

async function startOverHttp({ http }: Ground, tokens: Tokens): Promise<number> {
  const began = performance.now();
  const { id } = await demand(202, http.post<{ id: string }>('/v1/executions', BODY));
  const at = await tokens.firstOf(id);
  await http.get(`/v1/executions/${id}?waitSeconds=10`);
  return at - began;
}

async function startBare({ bare }: Ground): Promise<number> {
  const began = Date.now();
  const { handle, rowTimes } = await bare.start(1);
  await handle.result();
  const [at] = await rowTimes();
  return at! - began;
}

interface Tokens {
  /** When the first token of an execution was heard, on the clock of `performance`. */
  firstOf(executionId: string): Promise<number>;
  close(): Promise<void>;
}

async function listenForTokens(url: string): Promise<Tokens> {
  const heard = new Map<string, PromiseWithResolvers<number>>();
  const of = (id: string): PromiseWithResolvers<number> => {
    const entry = heard.get(id) ?? Promise.withResolvers<number>();
    heard.set(id, entry);
    return entry;
  };
  const client = new Client(url);
  await client.connect();
  client.on('notification', ({ payload }) => {
    const at = performance.now();
    for (const note of JSON.parse(payload ?? '[]') as LiveNote[])
      if (note.kind === 'token') of(note.executionId).resolve(at);
  });
  await client.query(`listen ${Channel.live}`);
  return { firstOf: (id) => of(id).promise, close: () => client.end() };
}
