import type { Account } from './postgres-account.ts';

/** One process role: how it is started, known to be ready, and stopped. */
export interface Role {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly account?: Account;
  /** `message`: it sends `ready` over IPC. Otherwise a probe that returns when it is, or throws once the signal is raised. */
  readonly ready: 'message' | ((signal: AbortSignal) => Promise<void>);
  readonly stopSignal?: NodeJS.Signals;
  readonly logFile: string;
  /** A part of its command line, by which it is told from a process that got its number later. */
  readonly mark: string;
}

export interface Timings {
  /** Wait before the first restart; doubled for each further one, up to `longestDelayMs`. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** After so long without dying the delay begins anew. */
  readonly healthyMs: number;
  /** From being asked to end to being killed. */
  readonly graceMs: number;
  /** How long a role may take until it is ready. */
  readonly readyMs: number;
}

/** A worker that drains waits for model calls in flight, hence the grace; compiling workflows takes seconds, hence `readyMs`. */
export const TIMINGS: Timings = {
  firstDelayMs: 1_000,
  longestDelayMs: 30_000,
  healthyMs: 60_000,
  graceMs: 20_000,
  readyMs: 60_000,
};

export type RoleState = 'starting' | 'ready' | 'waiting' | 'stopped';
