import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newEncryptionKey } from '../config/encryption-keys.ts';
import { commandLine } from './processes.ts';

/** What `stack.json` tells other programs about a running stack. */
export interface StackFile {
  readonly apiUrl: string;
  readonly consoleUrl: string | null;
  readonly temporalUiUrl: string | null;
  readonly temporalAddress: string;
  /** Of the application's role. */
  readonly databaseUrl: string;
  /** Of the owner of the tables. */
  readonly adminDatabaseUrl: string;
  readonly apiKeyFile: string;
  /** Where PostgreSQL keeps its data; null: it is not ours. */
  readonly postgresFolder: string | null;
  readonly roles: readonly RunningRole[];
}

export interface RunningRole {
  readonly role: string;
  /** Null: it died, and comes back. */
  readonly pid: number | null;
  readonly log: string;
  /** A part of its command line, by which it is told from a process that got its number later. */
  readonly mark: string;
}

const PRIVATE = 0o600;
/** In the command line of every process that keeps a stack; the system may have given its number to another. */
const SUPERVISOR_MARK = join('stack', 'start.ts');

/** The folder with everything that a stack on this machine keeps. Secrets in it are for their owner only. */
export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(this.in('logs'), { recursive: true });
  }

  in(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  folder(name: string): string {
    mkdirSync(this.in(name), { recursive: true });
    return this.in(name);
  }

  logFile(role: string): string {
    return this.in('logs', `${role}.log`);
  }

  readStack(): StackFile | undefined {
    const text = this.#read('stack.json');
    return text === undefined ? undefined : (JSON.parse(text) as StackFile);
  }

  /** Makes this process the one that runs a stack here; otherwise returns the process that does. */
  async claim(): Promise<number | undefined> {
    for (;;) {
      try {
        writeFileSync(this.in('supervisor.pid'), `${process.pid}`, { flag: 'wx', mode: PRIVATE });
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = await this.supervisor();
      if (holder !== undefined) return holder;
      rmSync(this.in('supervisor.pid'), { force: true });
    }
  }

  /** The process that runs a stack here, or is starting one. */
  async supervisor(): Promise<number | undefined> {
    const pid = Number(this.#read('supervisor.pid'));
    return pid > 0 && (await commandLine(pid)).includes(SUPERVISOR_MARK) ? pid : undefined;
  }

  /** Nothing runs here any more. */
  release(): void {
    for (const name of ['stack.json', 'supervisor.pid']) rmSync(this.in(name), { force: true });
  }

  writeStack(stack: StackFile): void {
    this.#write('stack.json', `${JSON.stringify(stack, null, 2)}\n`);
  }

  /** The ports that our own servers had the last time, by name. */
  readPorts(): Readonly<Record<string, number>> {
    return JSON.parse(this.#read('ports.json') ?? '{}') as Record<string, number>;
  }

  writePort(name: string, port: number): void {
    this.#write('ports.json', JSON.stringify({ ...this.readPorts(), [name]: port }));
  }

  readApiKey(): string | undefined {
    return this.#read('api-key')?.trim();
  }

  writeApiKey(key: string): void {
    this.#write('api-key', `${key}\n`);
  }

  /** Without its keys a state folder's secrets are lost, so they are made once and never replaced. */
  ensureEncryptionKeys(): void {
    if (!existsSync(this.in('encryption-keys')))
      this.#write('encryption-keys', `${newEncryptionKey()}\n`);
  }

  /** Has the sample been shown? */
  get introduced(): boolean {
    return existsSync(this.in('introduced'));
  }

  markIntroduced(): void {
    this.#write('introduced', '');
  }

  #read(name: string): string | undefined {
    return existsSync(this.in(name)) ? readFileSync(this.in(name), 'utf8') : undefined;
  }

  /** Never half written: a reader sees the old file or the new one. */
  #write(name: string, text: string): void {
    const draft = this.in(`${name}.${randomUUID()}`);
    writeFileSync(draft, text, { mode: PRIVATE });
    renameSync(draft, this.in(name));
  }
}
