import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { StateFolder } from './state-folder.ts';
import type { Say } from './steps.ts';

/** What a detached start tells the process that waits for it. */
type News = { readonly line: string } | 'ready';

/** Starts the same program on its own in the background; returns when it is ready, throws when it ends before. */
export async function startDetached(
  entry: string,
  args: readonly string[],
  state: StateFolder,
  say: Say,
): Promise<void> {
  const log = openSync(state.logFile('supervisor'), 'a', 0o600);
  const child = spawn(process.execPath, [entry, ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const stop = (): void => void child.kill('SIGTERM');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await new Promise<void>((resolve, reject) => {
    child.on('message', (news: News) => (news === 'ready' ? resolve() : say(news.line)));
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the start in the background ended')));
  });
  process.off('SIGINT', stop).off('SIGTERM', stop);
  child.removeAllListeners();
  child.disconnect();
  child.unref();
}

/** Tells the process that waits for a detached start, if there is one. */
export function tellStarter(news: News): void {
  if (process.connected) process.send?.(news);
}
