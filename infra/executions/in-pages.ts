import type { MikroORM } from '@mikro-orm/postgresql';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';

/** What a sweep works with; `em` is connected as `conclave_system`. */
export interface SweepDeps {
  readonly em: MikroORM['em'];
  readonly temporal: Client;
  readonly log: Logger;
}

/** Below every id: where a list begins. */
export const NO_ID = '00000000-0000-0000-0000-000000000000';

/** How many rows of a list are read at once, and how long one sweep may go on with the list. */
export interface PageLimits {
  readonly batch: number;
  readonly limitMs: number;
}

/**
 * Does the rows of a list one after the other, page by page, until there are no more or the time is up; one at least.
 * `read` finds those that come after a row, in an order that what is done to them does not change. Returns what came of each.
 */
export async function inPages<Row, Done>(
  { batch, limitMs }: PageLimits,
  read: (after: Row | undefined) => Promise<readonly Row[]>,
  act: (row: Row) => Promise<Done>,
): Promise<Done[]> {
  const until = performance.now() + limitMs;
  const done: Done[] = [];
  let last: Row | undefined;
  for (;;) {
    const rows: readonly Row[] = await read(last);
    for (const row of rows) {
      done.push(await act(row));
      if (performance.now() >= until) return done;
    }
    if (rows.length < batch) return done;
    last = rows.at(-1);
  }
}
