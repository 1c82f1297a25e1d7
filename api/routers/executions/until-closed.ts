import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventHub } from '../../../infra/events/hub.ts';
import type { ExecutionState } from '../../../workflows/domain/enums.ts';
import { isClosed } from '../../../workflows/domain/transitions.ts';

/** How long to rely on notifications before the row is looked at again. */
const POLL_MS = 1_000;

/** Waits until an execution is closed, is not there, the time is up or the client has gone. Rows are read outside of `em`'s identity map. */
export async function untilClosed(options: {
  readonly em: EntityManager;
  readonly hub: EventHub;
  readonly executionId: string;
  readonly ms: number;
  readonly ended: AbortSignal;
}): Promise<void> {
  const { em, hub, executionId, ended } = options;
  const deadline = performance.now() + options.ms;
  let news = new AbortController();
  const wake = (): void => news.abort();
  const unsubscribe = hub.subscribe(executionId, {
    event: (_position, ends) => {
      if (ends) wake();
    },
    live: () => {},
    reconnected: wake,
  });
  try {
    for (;;) {
      news = new AbortController();
      const [row] = await em.execute<{ state: ExecutionState }[]>(
        'select state from conclave.execution where id = ?',
        [executionId],
      );
      const left = deadline - performance.now();
      if (!row || isClosed(row.state) || left <= 0 || ended.aborted) return;
      const signal = AbortSignal.any([news.signal, ended]);
      // The pause ends early with news, which is why it was taken.
      await pause(Math.min(left, POLL_MS), undefined, { signal }).catch(() => {});
    }
  } finally {
    unsubscribe();
  }
}
