import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A TCP connection from client to server that a test can listen to, cut and mend. */
export interface Wire {
  /** Where clients connect to instead of the server. */
  readonly port: number;
  /** Breaks all connections, and refuses new ones until it is mended. */
  cut(): void;
  mend(): void;
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
  let isCut = false;
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const entry = createServer((client) => {
    if (isCut) return void client.destroy();
    const server = connect(to.port, to.host);
    const filters = watch?.(client, server) ?? {};
    for (const [socket, other, passes] of [
      [client, server, filters.toServer],
      [server, client, filters.toClient],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      if (passes === undefined) socket.pipe(other);
      else
        socket
          .on(
            'data',
            (chunk: Buffer) => void (passes(chunk) ? other.write(chunk) : socket.destroy()),
          )
          .on('end', () => other.end());
    }
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
    },
    close: async () => {
      entry.close();
      breakAll();
      await once(entry, 'close');
    },
  };
}
