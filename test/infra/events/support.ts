import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { pino } from 'pino';
import { newId } from '../../../infra/db/new-id.ts';

export const silent = pino({ level: 'silent' });

/** A connection for a test, closed with it. */
export async function connect(
  url: string,
  onCleanup: (end: () => Promise<void>) => void,
): Promise<Client> {
  const client = new Client(url);
  client.on('error', () => {}); // tests cut connections on purpose
  await client.connect();
  onCleanup(() => client.end());
  return client;
}

/** Inserts an event of `executionId` as its cause's transaction would; `note` is kept in the payload. */
export async function insertEvent(
  client: Client,
  executionId: string | null,
  note: number | string = 0,
): Promise<string> {
  const id = newId();
  await client.query(
    `insert into conclave.event (id, event_type, occurred_at, source, subject_type, execution_id, payload)
     values ($1, 'test.happened', now(), 'test', 'test', $2, $3)`,
    [id, executionId, { note }],
  );
  return id;
}

export interface Numbered {
  readonly id: string;
  readonly position: number | null;
  readonly sequence: number | null;
  readonly executionId: string | null;
  readonly note: number;
}

/** All events, in the order of their positions. */
export async function allEvents(client: Client): Promise<Numbered[]> {
  const { rows } = await client.query<Numbered>(
    `select id, position::int, sequence, execution_id as "executionId", (payload ->> 'note')::int as note
     from conclave.event order by position`,
  );
  return rows;
}

/** Cuts the connections that bear this name, as a crash or a network would. */
export async function cutConnections(admin: Client, name: string): Promise<number> {
  const { rowCount } = await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = $1 and datname = current_database()`,
    [name],
  );
  return rowCount ?? 0;
}

export const someId = (): string => randomUUID();

/** How many events have no position yet. */
export const unnumbered = async (client: Client): Promise<number> => {
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from conclave.event where position is null',
  );
  return rows[0]!.n;
};

/** Does the backend wait for a lock? */
export async function isWaiting(admin: Client, pid: number): Promise<boolean> {
  const { rows } = await admin.query<{ type: string | null }>(
    'select wait_event_type as type from pg_stat_activity where pid = $1',
    [pid],
  );
  return rows[0]?.type === 'Lock';
}
