import { Socket } from 'node:net';

/** Longer than the server lets a statement run (`TIMEOUTS` in `orm.config.ts`): it would have said so by then. */
const SILENCE_MS = 35_000;

/**
 * The socket of a pooled connection, given up when nothing has gone either way for so long. A network that swallows its
 * packets ends no connection, and whoever waited for an answer would wait for ever; one that nobody waits for is closed
 * by its pool long before.
 */
export function impatientSocket(): Socket {
  const socket = new Socket();
  socket.setTimeout(SILENCE_MS, () => {
    socket.destroy(new Error(`PostgreSQL has not answered for ${SILENCE_MS / 1_000} s`));
  });
  return socket;
}
