import type { Models } from './models.ts';
import type { LiveFeed, ScheduleStarter, Sweeper } from './services.ts';
import type { ChildStore, ExecutionStore, Interactions } from './stores.ts';
import type { TurnLedger } from './turn-ledger.ts';

export interface InferenceDeps {
  readonly models: Models;
  readonly ledger: TurnLedger;
  readonly live: LiveFeed;
}

export interface OrchestrationDeps {
  readonly children: ChildStore;
  readonly executions: ExecutionStore;
  readonly interactions: Interactions;
  readonly turns: Pick<TurnLedger, 'giveUp'>;
  readonly live: LiveFeed;
  readonly sweeper: Sweeper;
  readonly schedules: ScheduleStarter;
}
