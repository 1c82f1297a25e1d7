import type { Client } from 'pg';

/** An event that has got its place in the one order of all events. `ownerId` null: the system's own. */
export interface NumberedEvent {
  readonly ownerId: string | null;
  readonly executionId: string | null;
  readonly position: number;
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
 * Numbers up to `limit` committed events in the order of their ordinals: `position` over all, `sequence` within the
 * execution, both without gaps. An effect's ordinal is higher than its committed cause's, so whoever sees the effect
 * sees the cause, and an execution's order is the order of its commits. Throws `RelayFenced` if `epoch` is not the last.
 */
export async function numberEvents(
  client: Client,
  epoch: number,
  limit: number,
): Promise<NumberedEvent[]> {
  const { rowCount: waiting } = await client.query(ANY_WAITING);
  if (waiting === 0) return [];
  await client.query('begin');
  try {
    const { rows: counters } = await client.query<{ lastPosition: string }>({
      ...LOCK_COUNTER,
      values: [epoch],
    });
    const counter = counters[0];
    if (counter === undefined) throw new RelayFenced('another relay has taken over');
    // A statement of its own: its snapshot is younger than the lock, so it sees what an earlier holder has numbered.
    const { rows } = await client.query<Row>({
      ...NUMBER_AND_COUNT,
      values: [counter.lastPosition, limit],
    });
    await client.query('commit');
    return rows.map((row) => ({ ...row, position: Number(row.position) }));
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

interface Row {
  readonly ownerId: string | null;
  readonly executionId: string | null;
  readonly position: string;
}

// Named, so that each is planned once: over many partitions that takes longer than the numbering itself.
const ANY_WAITING = {
  name: 'any-waiting',
  text: 'select from conclave.event where position is null limit 1',
};

const LOCK_COUNTER = {
  name: 'lock-counter',
  text: `
  select last_position as "lastPosition" from conclave.event_counter where epoch = $1 for update`,
};

const NUMBER_AND_COUNT = {
  name: 'number-and-count',
  text: `
  with batch as materialized (
    select id, execution_id, ordinal from conclave.event where position is null order by ordinal limit $2
  ), told as materialized (
    select x.execution_id, (
      select e.sequence from conclave.event e
      where e.execution_id = x.execution_id and e.sequence is not null
      order by e.sequence desc limit 1
    ) as sequence
    from (select distinct execution_id from batch where execution_id is not null) x
  ), places as materialized (
    select b.id, $1::bigint + row_number() over (order by b.ordinal) as position,
      case when b.execution_id is not null then
        coalesce(t.sequence, 0) + row_number() over (partition by b.execution_id order by b.ordinal)
      end as sequence
    from batch b left join told t using (execution_id)
  ), numbered as (
    update conclave.event e set position = p.position, sequence = p.sequence
    from places p where e.id = p.id
    returning e.owner_id, e.execution_id, e.position
  ), counted as (
    update conclave.event_counter set last_position = (select max(position) from places)
    where exists (select from places)
  )
  select owner_id as "ownerId", execution_id as "executionId", position from numbered order by position`,
};
