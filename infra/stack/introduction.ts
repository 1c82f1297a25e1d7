import { type ApiClient, ApiRefused } from './api-client.ts';
import { questionExecution, REHEARSED_EXECUTION, SEAT_NAMES } from './samples/design-review.ts';
import { SAMPLES } from './samples/library.ts';
import type { Sample } from './samples/sample.ts';
import { serverSentEvents } from './server-sent-events.ts';
import { type SpokenMessage, type SpokenToken, type SpokenTurn, Transcript } from './transcript.ts';

const CONFLICT = 409;

/** Registers the sample agents and topologies; those that are there are left as they are. */
export async function installSamples(api: ApiClient): Promise<void> {
  for (const name of capabilitiesOf(SAMPLES))
    await unlessThere(api.call('POST', '/v1/capabilities', { name }));
  for (const { templates, topologies } of SAMPLES) {
    for (const template of templates) {
      const made = await unlessThere(api.call('POST', '/v1/agent-templates', template));
      if (made)
        await api.call('POST', `/v1/agent-templates/${idOf(made)}/versions/1.0.0/publish`, {});
    }
    for (const topology of topologies)
      await unlessThere(api.call('POST', '/v1/topologies', topology));
  }
}

/** What the agents say that they can do. */
const capabilitiesOf = (samples: readonly Sample[]): ReadonlySet<string> =>
  new Set(
    samples.flatMap(({ templates }) =>
      templates.flatMap(({ capabilities = [] }) => capabilities.map(({ name }) => name)),
    ),
  );

/** Runs the sample debate, or the same agents on a question, and prints what is said while it is said. */
export async function showDebate(
  api: ApiClient,
  question: string | undefined,
  write: (text: string) => void,
): Promise<void> {
  const start = question === undefined ? REHEARSED_EXECUTION : questionExecution(question);
  const id = idOf(await api.call('POST', '/v1/executions', start));
  write(`\n${start.input.question}\n`);
  const transcript = new Transcript(write, SEAT_NAMES);
  for await (const { event, data } of serverSentEvents(api.stream(`/v1/executions/${id}/events`))) {
    const value: unknown = JSON.parse(data);
    if (event === 'turn') transcript.turn(value as SpokenTurn);
    if (event === 'token') transcript.token(value as SpokenToken);
    if (event === 'reset') transcript.reset((value as { sequence: number }).sequence);
    if (event === 'message') transcript.message(value as SpokenMessage);
    if (event === 'end') break;
  }
  transcript.end();
  write(`\n${verdict((await api.call('GET', `/v1/executions/${id}`)) as Ended)}\n`);
}

interface Ended {
  readonly state: string;
  readonly output: {
    readonly answer?: string | null;
    readonly method?: string;
    readonly rounds?: number;
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly usage: { readonly calls: number; readonly rehearsal: boolean };
}

function verdict({ state, output, error, usage }: Ended): string {
  const source = usage.rehearsal ? 'by the rehearsal model, without any network' : 'by models';
  const cost = `${usage.calls} answers ${source}`;
  if (error) return `The debate ${state}: ${error.message} (${error.code}); ${cost}.`;
  return `Decided in round ${output?.rounds ?? '?'} (${output?.method ?? state}): ${output?.answer ?? 'no decision'} — ${cost}.`;
}

async function unlessThere(request: Promise<unknown>): Promise<unknown> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiRefused && error.status === CONFLICT) return undefined;
    throw error;
  }
}

function idOf(body: unknown): string {
  const { id } = body as { id: string };
  return id;
}
