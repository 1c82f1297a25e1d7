import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A connection whose last answer went out later would be kept alive for seconds. */
const CHECK_MS = 50;

/**
 * Watches a server's connections, and returns what ends it: no new ones are taken, requests that have begun may go on
 * for `graceMs`, and whoever has not asked for anything is not waited for.
 */
export function endOfServer(server: Server): (graceMs: number) => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async (graceMs) => {
    const closed = new Promise((resolve) => void server.close(resolve));
    const check = setInterval(() => {
      server.closeIdleConnections();
      // Node takes those that never said anything, as browsers open in advance, for busy ones.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }, CHECK_MS);
    const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearInterval(check);
    clearTimeout(impatience);
  };
}
