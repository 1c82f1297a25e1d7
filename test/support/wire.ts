import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A TCP connection from client to server that a test can listen to, cut and mend. */
export interface Wire {
  /** Where clients connect to instead of the server. */
  readonly port: number;
  /** Breaks all connections, and refuses new ones until it is mended. */
  cut(): void;
  /** New connections are taken, and nothing is late any more. */
  mend(): void;
  /** Nothing goes through the connections that there are, nor is any end of them told. New ones are sound. */
  freeze(): void;
  /** From now on each piece is so much later, in both directions. */
  delay(ms: number): void;
  close(): Promise<void>;
}

/** Looks at what one side sends before the other gets it; false breaks the connection instead. */
type Filter = (chunk: Buffer) => boolean;

/** What a watcher puts between the two ends of a connection. */
export interface Filters {
  readonly toServer?: Filter;
  readonly toClient?: Filter;
}

/** Lays a wire on loopback to the server at `to`; `watch` is shown both ends of each connection. */
export async function layWire(
  to: { readonly host: string; readonly port: number },
  watch?: (client: Socket, server: Socket) => Filters | void,
): Promise<Wire> {
  const sockets = new Set<Socket>();
  const frozen = new WeakSet<Socket>();
  let isCut = false;
  let delayMs = 0;
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const join = (from: Socket, other: Socket, passes: Filter = () => true): void => {
    sockets.add(from);
    from.setNoDelay(true);
    const forward = (chunk: Buffer): void => {
      if (frozen.has(from) || other.destroyed) return;
      if (!passes(chunk)) return void from.destroy();
      if (!other.write(chunk)) from.pause();
    };
    from.on('data', (chunk: Buffer) => {
      if (delayMs === 0) forward(chunk);
      else setTimeout(() => forward(chunk), delayMs);
    });
    other.on('drain', () => from.resume());
    from.on('end', () => frozen.has(from) || other.end());
    from.on('error', () => other.destroy());
    from.on('close', () => {
      sockets.delete(from);
      if (!frozen.has(from)) other.destroy();
    });
  };
  const entry = createServer((client) => {
    if (isCut) return void client.destroy();
    const server = connect(to.port, to.host);
    const filters = watch?.(client, server) ?? {};
    join(client, server, filters.toServer);
    join(server, client, filters.toClient);
  });
  entry.listen(0, '127.0.0.1');
  await once(entry, 'listening');
  return {
    port: (entry.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
      delayMs = 0;
    },
    freeze: () => {
      for (const socket of sockets) frozen.add(socket);
    },
    delay: (ms) => {
      delayMs = ms;
    },
    close: async () => {
      entry.close();
      breakAll();
      await once(entry, 'close');
    },
  };
}
