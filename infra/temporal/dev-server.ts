/** Where a Temporal dev server listens and keeps its data. */
export interface DevServer {
  readonly ip: string;
  readonly port: number;
  /** Null: no web interface. */
  readonly uiPort: number | null;
  /** SQLite file; null: in memory only. */
  readonly databaseFile: string | null;
}

/**
 * As it comes, one shard looks into its queues at most 20 times a second, which makes every turn wait 50 ms; and
 * activities that could begin with the task that asked for them do not. One partition is enough for one machine.
 */
const DYNAMIC_CONFIG = {
  'history.transferProcessorMaxPollRPS': 10_000,
  'history.transferProcessorMaxPollHostRPS': 100_000,
  'history.timerProcessorMaxPollRPS': 10_000,
  'history.timerProcessorMaxPollHostRPS': 100_000,
  'system.enableActivityEagerExecution': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'matching.useNewMatcher': true,
  'matching.enableFairness': true,
};

/** A write-ahead log survives kill -9 of the server and spares an fsync for each transaction. */
const SQLITE_PRAGMAS = { journal_mode: 'WAL', synchronous: 'NORMAL' };

/** Arguments of the `temporal` command that start a dev server fit for many short turns. */
export function devServerArguments({ ip, port, uiPort, databaseFile }: DevServer): string[] {
  return [
    'server',
    'start-dev',
    ...options({ ip, port, 'log-level': 'warn', 'log-format': 'json' }),
    ...(uiPort === null ? ['--headless'] : options({ 'ui-ip': ip, 'ui-port': uiPort })),
    ...(databaseFile === null ? [] : options({ 'db-filename': databaseFile })),
    ...settings('--dynamic-config-value', DYNAMIC_CONFIG),
    ...settings('--sqlite-pragma', SQLITE_PRAGMAS),
  ];
}

type Values = Readonly<Record<string, string | number | boolean>>;

const options = (values: Values): string[] =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, `${value}`]);

const settings = (option: string, values: Values): string[] =>
  Object.entries(values).flatMap(([key, value]) => [option, `${key}=${value}`]);
