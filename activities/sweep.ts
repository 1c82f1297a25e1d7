import type { OrchestrationDeps } from './ports.ts';

/** Makes rows and workflows agree again where a crash left them apart. */
export const makeSweep =
  ({ sweeper, live }: Pick<OrchestrationDeps, 'sweeper' | 'live'>) =>
  async () => {
    const swept = await sweeper.sweep();
    if (swept.closed > 0) live.nudge();
    return swept;
  };
