import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { connect, insertEvent } from './support.ts';

/** Each writer commits `rounds` transactions that are open for a random while; notes are writer × 1,000 + its count. */
export async function writeOverlapping(
  url: string,
  executions: readonly string[],
  writers: number,
  rounds: number,
): Promise<string[]> {
  const write = async (writer: number): Promise<string[]> => {
    const client = await connect(url, onTestFinished);
    const ids: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await client.query('begin');
      ids.push(
        await insertEvent(client, executions[writer % executions.length]!, writer * 1_000 + round),
      );
      await sleep(Math.random() * 8);
      await client.query('commit');
    }
    return ids;
  };
  return (await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))).flat();
}

/** Each writer counts its own commits: a later one never comes before an earlier one. */
export function isOrderedPerWriter(notes: readonly number[]): boolean {
  const last = new Map<number, number>();
  return notes.every((note) => {
    const writer = Math.floor(note / 1_000);
    const isLater = note > (last.get(writer) ?? -1);
    last.set(writer, note);
    return isLater;
  });
}
