import { type Wire, layWire } from './wire.ts';

/** Round trips and transactions that went through, by the connection's `application_name`. */
export interface Traffic {
  /** Answers of the server that say it is ready for the next question. */
  readonly roundTrips: number;
  /** Those of them after which no transaction was open. */
  readonly transactions: number;
}

/** A wire between a process and PostgreSQL that counts what goes through: a judge outside of both. */
export interface PostgresTap extends Wire {
  /** The address of the database, through the tap. */
  tapped(url: string): string;
  /** What connections of these names have done since the start; the empty name is that of connections without one. */
  trafficOf(isCounted: (applicationName: string) => boolean): Traffic;
}

export const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);

interface Count {
  name: string;
  roundTrips: number;
  transactions: number;
}

/** Starts a tap in front of the server of `url`. */
export async function openPostgresTap(url: string): Promise<PostgresTap> {
  const { hostname, port } = new URL(url);
  const counts: Count[] = [];
  const wire = await layWire({ host: hostname, port: Number(port) }, (client, server) => {
    const count: Count = { name: '', roundTrips: 0, transactions: 0 };
    counts.push(count);
    client.once('data', (startup: Buffer) => (count.name = applicationName(startup)));
    let isOpen = false;
    const read = messageReader((type, body) => {
      if (type !== READY_FOR_QUERY) return;
      // The first one ends the opening of the connection, and answers nothing.
      if (!isOpen) return void (isOpen = true);
      count.roundTrips += 1;
      if (body[0] === IDLE) count.transactions += 1;
    });
    server.on('data', read);
  });
  return {
    ...wire,
    tapped: (target) => through(wire, target),
    trafficOf: (isCounted) => {
      const own = counts.filter(({ name }) => isCounted(name));
      return {
        roundTrips: own.reduce((sum, { roundTrips }) => sum + roundTrips, 0),
        transactions: own.reduce((sum, { transactions }) => sum + transactions, 0),
      };
    },
  };
}

/** The address of a database over a wire. */
export function through({ port }: Wire, url: string): string {
  const address = new URL(url);
  address.host = `127.0.0.1:${port}`;
  return address.href;
}

/** From the startup packet: pairs of zero-terminated words. */
export function applicationName(startup: Buffer): string {
  const words = startup.subarray(8).toString('latin1').split('\0');
  const at = words.indexOf('application_name');
  return at === -1 ? '' : (words[at + 1] ?? '');
}

/** Reads messages (a type, a length, a body) across the borders of packets. */
export function messageReader(
  onMessage: (type: number, body: Buffer) => void,
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5) {
      const size = 1 + rest.readInt32BE(1);
      if (rest.length < size) return;
      onMessage(rest[0]!, rest.subarray(5, size));
      rest = rest.subarray(size);
    }
  };
}
