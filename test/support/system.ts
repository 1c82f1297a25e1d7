import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The process roles that do the work, each with its entry. */
const ENTRIES = {
  relay: 'workers/relay.ts',
  orchestration: 'workers/orchestration.ts',
  inference: 'workers/inference.ts',
  api: 'api/server.ts',
} as const;
export type Role = keyof typeof ENTRIES;
export const ROLES = Object.keys(ENTRIES) as readonly Role[];

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;
const LOG_KEPT = 5_000_000;

/** The product's own processes, as the test starts and kills them. */
export interface System {
  /** Resolves when the role says that it is ready. */
  start(role: Role, env?: Readonly<Record<string, string>>): Promise<void>;
  /** kill -9, if it runs. Resolves when the process is gone. */
  kill(role: Role): Promise<void>;
  /** Waits until the role has died of something else than us. */
  gone(role: Role): Promise<void>;
  /** Asks the role to end, and kills it if it does not. Throws if it did not end by itself, with exit code 0. */
  end(role: Role): Promise<void>;
  /** Ends all, last started first; throws as `end` does, when all are gone. */
  stop(): Promise<void>;
  /** What the role's processes have printed, the last five million characters of it. */
  logOf(role: Role): string;
}

/** Nothing runs yet; every process gets `env` and nothing else of ours. */
export function makeSystem(env: Readonly<Record<string, string>>): System {
  const running = new Map<Role, ChildProcess>();
  const logs = new Map<Role, string>();
  // Whatever becomes of the test, no process outlives it.
  process.once('exit', () => {
    for (const child of running.values()) child.kill('SIGKILL');
  });
  const note = (role: Role, text: string): void => {
    logs.set(role, ((logs.get(role) ?? '') + text).slice(-LOG_KEPT));
  };
  const take = (role: Role): ChildProcess => {
    const child = running.get(role);
    if (!child) throw new Error(`${role} does not run`);
    running.delete(role);
    return child;
  };
  const endWell = async (role: Role): Promise<void> => {
    const child = take(role);
    await end(child, 'SIGTERM');
    if (child.exitCode !== 0)
      throw new Error(
        `${role} did not end by itself, with exit code 0, but with ${child.exitCode ?? child.signalCode}:\n${logs.get(role) ?? ''}`,
      );
  };

  return {
    async start(role, more = {}) {
      const child = fork(join(import.meta.dirname, '../..', ENTRIES[role]), [], {
        execArgv: [], // none of the test runner's
        env: { PATH: process.env['PATH'] ?? '', ...env, ...more },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => note(role, text));
      running.set(role, child);
      await ready(child).catch((error: unknown) => {
        child.kill('SIGKILL');
        throw new Error(`${role} did not start:\n${logs.get(role) ?? ''}`, { cause: error });
      });
    },
    async kill(role) {
      if (running.has(role)) await end(take(role), 'SIGKILL');
    },
    async gone(role) {
      const child = take(role);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
    end: endWell,
    async stop() {
      const failures: unknown[] = [];
      for (const role of [...running.keys()].toReversed())
        await endWell(role).catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
    logOf: (role) => logs.get(role) ?? '',
  };
}

async function ready(child: ChildProcess): Promise<void> {
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  const exited = once(child, 'exit', { signal }).then(() => {
    throw new Error('it ended before it was ready');
  });
  await Promise.race([once(child, 'message', { signal }), exited]);
  exited.catch(() => {}); // from now on an end is expected
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(impatience);
}
