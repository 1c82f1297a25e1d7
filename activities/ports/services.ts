import type { LiveNote } from '../../workflows/contract/live.ts';
import type { DueStart } from '../../workflows/contract/schedules.ts';

/** Tokens and turn states for whoever watches. Never fails, never waits: what nobody hears is lost. */
export interface LiveFeed {
  send(note: LiveNote): void;
  /** Rows with events were committed: the relay may number them now. */
  nudge(): void;
}

/** Executions whose row and workflow disagree. */
export interface Sweeper {
  /** Starts what was never started, closes what Temporal has closed or lost, tells of what people said and answered, releases expired flights. Returns how many of each. */
  sweep(): Promise<{
    readonly started: number;
    readonly closed: number;
    readonly told: number;
    readonly released: number;
    /** Executions that were told of an answer again. */
    readonly woken: number;
  }>;
}

/** What schedules ask for. */
export interface ScheduleStarter {
  /** Accepts and starts the execution that a schedule asks for at a moment. May be repeated: the second one finds the first one's. */
  start(due: DueStart): Promise<void>;
}
