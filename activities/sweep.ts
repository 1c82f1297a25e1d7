import { heartbeat } from '@temporalio/activity';
import type { OrchestrationDeps } from './ports/deps.ts';

const HEARTBEAT_MS = 1_000;

/** Makes rows and workflows agree again where a crash left them apart. */
export const makeSweep =
  ({ sweeper, live }: Pick<OrchestrationDeps, 'sweeper' | 'live'>) =>
  async () => {
    const beat = setInterval(() => heartbeat(), HEARTBEAT_MS);
    try {
      const swept = await sweeper.sweep();
      if (swept.closed > 0) live.nudge();
      return swept;
    } finally {
      clearInterval(beat);
    }
  };
