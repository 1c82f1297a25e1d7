import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role, RoleState, Timings } from './role.ts';

const LOG_TAIL_LINES = 30;

/** Keeps one role alive: starts it, and again when it dies, until it is stopped. */
export class SupervisedRole {
  readonly role: Role;
  state: RoleState = 'stopped';
  restarts = 0;
  readonly #timings: Timings;
  readonly #onChange: () => void;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #life: Promise<void> | undefined;

  constructor(role: Role, timings: Timings, onChange: () => void) {
    this.role = role;
    this.#timings = timings;
    this.#onChange = onChange;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Returns when it is ready for the first time; throws, with the end of its log, when it dies or is silent before. */
  async start(): Promise<void> {
    const child = this.#spawn();
    try {
      await this.#untilReady(child);
    } catch (cause) {
      await this.#end(child);
      this.#become('stopped');
      const tail = lastLines(this.role.logFile);
      const message = `${this.role.name} did not become ready. Its log ${this.role.logFile}:\n${tail}`;
      throw new Error(message, { cause });
    }
    this.#life = this.#keepAlive(child);
  }

  /** Asks it to end, kills it when it does not within the grace. May be called more than once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#child) await this.#end(this.#child);
    await this.#life;
    this.#become('stopped');
  }

  async #keepAlive(first: ChildProcess): Promise<void> {
    const { firstDelayMs, longestDelayMs, healthyMs } = this.#timings;
    let delayMs = firstDelayMs;
    let child = first;
    for (;;) {
      const bornAt = Date.now();
      await exit(child);
      if (this.#stopping.signal.aborted) return;
      if (Date.now() - bornAt >= healthyMs) delayMs = firstDelayMs;
      this.#become('waiting');
      await sleep(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) return;
      delayMs = Math.min(delayMs * 2, longestDelayMs);
      this.restarts += 1;
      child = this.#spawn();
      const born = child;
      // One that never becomes ready is killed, which begins the next round.
      this.#untilReady(born).catch(() => this.#end(born));
    }
  }

  #spawn(): ChildProcess {
    const { program, args, env, account, ready, logFile } = this.role;
    const log = openSync(logFile, 'a', 0o600);
    const stdio = ['ignore', log, log, ...(ready === 'message' ? ['ipc' as const] : [])] as const;
    // A session of its own: Ctrl-C reaches the supervisor alone, which then stops the roles in order.
    const child = spawn(program, args, { ...account, env, stdio: [...stdio], detached: true });
    child.on('error', ({ message }) => appendFileSync(logFile, `${message}\n`));
    closeSync(log);
    this.#child = child;
    this.#become('starting');
    return child;
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const { ready } = this.role;
    const given = new AbortController();
    const signal = AbortSignal.any([given.signal, AbortSignal.timeout(this.#timings.readyMs)]);
    const died = exit(child).then(() => {
      throw new Error('it ended');
    });
    try {
      await Promise.race([ready === 'message' ? readyMessage(child, signal) : ready(signal), died]);
    } finally {
      given.abort();
    }
    if (child === this.#child) this.#become('ready');
  }

  async #end(child: ChildProcess): Promise<void> {
    if (hasEnded(child)) return;
    child.kill(this.role.stopSignal ?? 'SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), this.#timings.graceMs);
    await exit(child);
    clearTimeout(killer);
  }

  #become(state: RoleState): void {
    if (state === 'stopped' || state === 'waiting') this.#child = undefined;
    this.state = state;
    this.#onChange();
  }
}

async function readyMessage(child: ChildProcess, signal: AbortSignal): Promise<void> {
  for (;;) {
    const [message] = (await once(child, 'message', { signal })) as [unknown];
    if (message === 'ready') return;
  }
}

/** Never began counts as ended. */
const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

const exit = async (child: ChildProcess): Promise<void> => {
  if (!hasEnded(child)) await new Promise((resolve) => child.once('exit', resolve));
  else await sleep(0); // lets the error of one that never began be written down
};

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
}
