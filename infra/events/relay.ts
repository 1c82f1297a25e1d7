import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import { Channel } from '../../workflows/contract/names.ts';
import { crashPoint } from '../faults/crash-point.ts';
import { keepConnected } from './keep-connected.ts';
import { numberEvents, type NumberedEvent, takeEpoch } from './number-events.ts';
import { packPayloads } from './payloads.ts';

/** Held by the relay at work, for as long as its session lives. An arbitrary number, the same everywhere. */
const RELAY_LOCK = 7_266_520_025;
const TAKE_OVER_EVERY_MS = 500;
/** Nudges can be lost; no event waits longer than this. */
const POLL_MS = 250;
const BATCH = 500;
/** Partitions are made so far ahead that days without a relay do no harm. */
const PARTITION_WEEKS = 8;
const PARTITIONS_EVERY_MS = 24 * 3_600_000;
const PARTITIONS_AGAIN_MS = 3_600_000;

/**
 * Numbers events in commit order and tells about them, until `signal` is raised. One relay works, any others stand by
 * and take over when its session ends. `onReady` is called when this one works or stands by.
 */
export async function runRelay(options: {
  /** As the role `conclave_system`. */
  readonly url: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onReady?: () => void;
}): Promise<void> {
  const { log, onReady } = options;
  let isReady = false;
  await keepConnected({
    ...options,
    name: 'conclave-relay',
    use: async (client, lost) => {
      if (!isReady) onReady?.();
      isReady = true;
      if (!(await becomeFirst(client, lost, log))) return;
      const epoch = await takeEpoch(client);
      log.info({ epoch }, 'this relay numbers the events');
      await numberUntil(lost, client, { epoch, log });
    },
  });
}

/** Waits for the lock; false: the connection ended before. */
async function becomeFirst(client: Client, lost: AbortSignal, log: Logger): Promise<boolean> {
  for (let tries = 0; !lost.aborted; tries += 1) {
    const { rows } = await client.query<{ isMine: boolean }>(
      'select pg_try_advisory_lock($1) as "isMine"',
      [RELAY_LOCK],
    );
    if (rows[0]?.isMine) return true;
    if (tries === 0) log.info('another relay is at work; this one stands by');
    await sleep(TAKE_OVER_EVERY_MS, undefined, { signal: lost }).catch(() => {});
  }
  return false;
}

async function numberUntil(
  lost: AbortSignal,
  client: Client,
  { epoch, log }: { readonly epoch: number; readonly log: Logger },
): Promise<void> {
  const bell = makeBell(lost);
  client.on('notification', () => bell.ring());
  await client.query(`listen ${Channel.outbox}`);
  let partitionsDueAt = -Infinity;
  while (!lost.aborted) {
    if (performance.now() >= partitionsDueAt) {
      const isDone = await makePartitions(client, log);
      partitionsDueAt = performance.now() + (isDone ? PARTITIONS_EVERY_MS : PARTITIONS_AGAIN_MS);
    }
    const numbered = await numberEvents(client, epoch, BATCH);
    if (numbered.length > 0) crashPoint('r1');
    await tell(client, numbered);
    if (numbered.length > 0) crashPoint('r2');
    if (numbered.length < BATCH) await bell.rungWithin(POLL_MS);
  }
}

/** A new partition needs a lock that a long transaction may keep from us; weeks are left to get it. */
async function makePartitions(client: Client, log: Logger): Promise<boolean> {
  try {
    await client.query('select conclave.ensure_event_partitions($1)', [PARTITION_WEEKS]);
    return true;
  } catch (error) {
    log.warn(
      { err: error },
      'partitions of events could not be made ahead; tried again in an hour',
    );
    return false;
  }
}

const TELL = {
  name: 'tell',
  text: 'select pg_notify($1, payload) from unnest($2::text[]) as n (payload)',
};

/** Outside of the numbering transaction: the lock that NOTIFY takes at commit is one for the whole database. */
async function tell(client: Client, events: readonly NumberedEvent[]): Promise<void> {
  const payloads = packPayloads(
    events.map(({ ownerId, executionId, position, ends }) => [
      ownerId,
      executionId,
      position,
      ends,
    ]),
  );
  if (payloads.length === 0) return;
  await client.query({ ...TELL, values: [Channel.event, payloads] });
}

/** A bell that is heard also when it rang while nobody listened. */
function makeBell(lost: AbortSignal): { ring(): void; rungWithin(ms: number): Promise<void> } {
  let rung = Promise.withResolvers<void>();
  lost.addEventListener('abort', () => rung.resolve(), { once: true });
  return {
    ring: () => rung.resolve(),
    rungWithin: async (ms) => {
      const timer = setTimeout(() => rung.resolve(), ms);
      await rung.promise;
      clearTimeout(timer);
      rung = Promise.withResolvers();
    },
  };
}
