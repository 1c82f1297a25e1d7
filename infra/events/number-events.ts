import { type Client, DatabaseError } from 'pg';

/** An event that has got its place in the one order of all events. `ownerId` null: the system's own. */
export interface NumberedEvent {
  readonly ownerId: string | null;
  readonly executionId: string | null;
  readonly position: number;
  /** Its execution ended with it. */
  readonly ends: boolean;
}

/** Another relay has taken over since: this one must not number any more. */
export class RelayFenced extends Error {
  override readonly name = 'RelayFenced';
}

/** Makes the caller the one that numbers, whoever did before. */
export async function takeEpoch(client: Client): Promise<number> {
  const { rows } = await client.query<{ epoch: string }>(
    'update conclave.event_counter set epoch = epoch + 1 returning epoch',
  );
  const row = rows[0];
  if (row === undefined)
    throw new Error('event_counter is empty: run the migrations (npm run migrate)');
  return Number(row.epoch);
}

/**
 * Numbers up to `limit` committed events: `conclave.number_events`. An effect's ordinal is higher than its committed
 * cause's, so whoever sees the effect sees the cause, and an execution's order is the order of its commits. Throws
 * `RelayFenced` if `epoch` is not the last.
 */
export async function numberEvents(
  client: Client,
  epoch: number,
  limit: number,
): Promise<NumberedEvent[]> {
  const { rowCount: waiting } = await client.query(ANY_WAITING);
  if (waiting === 0) return [];
  try {
    const { rows } = await client.query<Row>({ ...NUMBER, values: [epoch, limit] });
    return rows.map((row) => ({ ...row, position: Number(row.position) }));
  } catch (error) {
    if (error instanceof DatabaseError && error.code === NO_DATA_FOUND)
      throw new RelayFenced('another relay has taken over');
    throw error;
  }
}

interface Row {
  readonly ownerId: string | null;
  readonly executionId: string | null;
  readonly position: string;
  readonly ends: boolean;
}

/** Of PostgreSQL: there is no counter of this epoch. */
const NO_DATA_FOUND = 'P0002';

// Named, so that each is planned once: over many partitions that takes longer than the numbering itself.
const ANY_WAITING = {
  name: 'any-waiting',
  text: 'select from conclave.event where position is null limit 1',
};

const NUMBER = {
  name: 'number',
  text: 'select owner_id as "ownerId", execution_id as "executionId", position, ends from conclave.number_events($1, $2)',
};
