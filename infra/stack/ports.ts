import { once } from 'node:events';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { commandLine } from './processes.ts';
import type { StateFolder } from './state-folder.ts';

const run = promisify(execFile);
const LISTENING = '0A';

/** A port that nothing listens on. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('no port to be had');
  return address.port;
}

/** The port that this server had the last time, while it is free: links stay good from start to start. */
export async function samePort(state: StateFolder, name: string): Promise<number> {
  const last = state.readPorts()[name];
  const isFree =
    last !== undefined &&
    (await demandFree(last, '127.0.0.1').then(
      () => true,
      () => false,
    ));
  if (isFree) return last;
  const port = await freePort();
  state.writePort(name, port);
  return port;
}

/** Throws, and says which process it is, when something listens on the port already. */
export async function demandFree(port: number, host: string): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    const holder = (await whoListens(port)) ?? 'a process that cannot be told';
    throw new Error(
      `Port ${port} is taken by ${holder}: stop it, or choose another with --port N`,
      {
        cause,
      },
    );
  } finally {
    probe.close();
  }
}

async function whoListens(port: number): Promise<string | null> {
  const pid = (await listenerFromProc(port)) ?? (await listenerFromLsof(port));
  if (pid === undefined) return null;
  return `process ${pid} (${(await commandLine(pid)).slice(0, 120) || 'name not known'})`;
}

async function listenerFromLsof(port: number): Promise<number | undefined> {
  const question = ['-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN'];
  const { stdout } = await run('lsof', question).catch(() => ({ stdout: '' }));
  return Number(stdout.split('\n', 1)[0]) || undefined;
}

/** Linux lists sockets by inode in one place, and the processes that hold them in another. */
async function listenerFromProc(port: number): Promise<number | undefined> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const sockets = new Set<string>();
  for (const line of tables.join('\n').split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[1]?.endsWith(suffix) && fields[3] === LISTENING)
      sockets.add(`socket:[${fields[9]}]`);
  }
  if (sockets.size === 0) return undefined;
  for (const pid of await readdir('/proc'))
    if (/^\d+$/.test(pid) && (await holdsOneOf(pid, sockets))) return Number(pid);
  return undefined;
}

async function holdsOneOf(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const fd of await readdir(folder).catch(() => []))
    if (sockets.has(await readlink(`${folder}/${fd}`).catch(() => ''))) return true;
  return false;
}
