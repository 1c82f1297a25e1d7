import { NthCounter } from './nth.ts';
import { READY_FOR_QUERY, applicationName, messageReader, through } from './postgres-tap.ts';
import { type Wire, layWire } from './wire.ts';

/** A wire to PostgreSQL that loses one statement, or the answer to it, together with the connection. */
export interface FaultyPostgres extends Wire {
  /** The address of a database over this wire. */
  through(url: string): string;
  /** Counts statements, the commit among them, of the connections that work with rows. */
  readonly statements: NthCounter;
}

const QUERY = 'Q'.charCodeAt(0);
const SYNC = 'S'.charCodeAt(0);
const BIND = 'B'.charCodeAt(0);
/** Those of the mapper, of turns and of the relay; a feed says something as often as there is something to tell. */
const COUNTED = ['conclave', 'conclave-turns', 'conclave-relay'];
/** What the relay asks as often as time passes; nothing is done by it. */
const POLL = 'any-waiting';

export async function openFaultyPostgres(url: string): Promise<FaultyPostgres> {
  const { hostname, port } = new URL(url);
  const statements = new NthCounter();
  const wire = await layWire({ host: hostname, port: Number(port) }, () => filters(statements));
  return { ...wire, statements, through: (target) => through(wire, target) };
}

/** The two directions of one connection. */
function filters(statements: NthCounter) {
  let isCounted: boolean | null = null;
  let isBroken = false;
  let losesAnswer = false;
  const strike = (): void => {
    isBroken = true;
    statements.strike();
  };
  let isPoll = false;
  // Each statement ends with one of these, and the server then answers that it is ready for the next.
  const readClient = messageReader((type, body) => {
    if (type === BIND) isPoll = preparedName(body) === POLL;
    if ((type !== QUERY && type !== SYNC) || (isPoll && type === SYNC)) return;
    const fate = statements.next();
    if (fate === 'before') strike();
    losesAnswer = fate === 'after';
  });
  const readServer = messageReader((type) => {
    if (losesAnswer && type === READY_FOR_QUERY) strike();
  });
  return {
    toServer: (chunk: Buffer): boolean => {
      if (isCounted === null) isCounted = COUNTED.includes(applicationName(chunk));
      else if (isCounted) readClient(chunk);
      return !isBroken;
    },
    toClient: (chunk: Buffer): boolean => {
      if (isCounted === true && hasTypes(chunk)) readServer(chunk);
      return !isBroken;
    },
  };
}

/** The second of the two words that such a message begins with. */
const preparedName = (bind: Buffer): string => bind.toString('latin1').split('\0', 2)[1] ?? '';

/** A refusal of encryption is one byte without a length. */
const hasTypes = (chunk: Buffer): boolean => chunk.length > 1;
