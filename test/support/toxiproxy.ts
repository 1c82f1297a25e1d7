import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../infra/stack/ports.ts';

/** Where `GOBIN=~/.cache/conclave go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0` has put it, renamed. */
const PROGRAM = join(homedir(), '.cache', 'conclave', 'toxiproxy');
export const hasToxiproxy = existsSync(PROGRAM);

/** What goes wrong on the way; the attributes are those of Toxiproxy's own documentation. */
export interface Toxic {
  readonly type: 'latency' | 'reset_peer' | 'bandwidth' | 'timeout' | 'slicer';
  readonly stream: 'upstream' | 'downstream';
  readonly attributes: Readonly<Record<string, number>>;
}

export interface Toxiproxy {
  /** Lays a proxy to the server at `upstream` (`host:port`) and returns its address. */
  proxy(name: string, upstream: string): Promise<string>;
  /** Poisons a proxy until the returned function is called. */
  poison(name: string, toxic: Toxic): Promise<() => Promise<void>>;
  close(): void;
}

export async function startToxiproxy(): Promise<Toxiproxy> {
  const port = await freePort();
  const server = spawn(PROGRAM, ['-host', '127.0.0.1', '-port', `${port}`], { stdio: 'ignore' });
  process.once('exit', () => server.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  const send = async (method: string, path: string, body?: unknown): Promise<void> => {
    const response = await fetch(url + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  };
  for (let tries = 0; ; tries += 1) {
    try {
      await send('GET', '/version');
      break;
    } catch (error) {
      if (tries > 100) throw error;
      await sleep(50);
    }
  }
  return {
    proxy: async (name, upstream) => {
      const listen = `127.0.0.1:${await freePort()}`;
      await send('POST', '/proxies', { name, listen, upstream, enabled: true });
      return listen;
    },
    poison: async (name, toxic) => {
      const toxics = `/proxies/${name}/toxics`;
      await send('POST', toxics, { name: 'poison', toxicity: 1, ...toxic });
      return () => send('DELETE', `${toxics}/poison`);
    },
    close: () => void server.kill(),
  };
}
