import { z } from 'zod';
import { InvalidRequest } from '../../../workflows/contract/errors.ts';

const Place = z.array(z.int().min(-1).max(2_147_483_647));

/** A cursor of lists that are ordered by whole numbers, such as a transcript's by sequence: opaque to clients. */
const placeCursor = (place: readonly number[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url');

/** The numbers of a cursor, as many as `length`; all -1, which is before everything, without one. Throws `InvalidRequest`. */
export function readPlace(cursor: string | undefined, length: number): number[] {
  if (cursor === undefined) return Array.from({ length }, () => -1);
  try {
    const json: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Place.length(length).parse(json);
  } catch {
    throw new InvalidRequest([
      { path: 'cursor', message: 'is not a cursor of this list; begin again without it' },
    ]);
  }
}

/** Cuts rows, of which one more than `limit` was read, to a page. */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => readonly number[],
): { readonly items: Row[]; readonly nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? placeCursor(placeOf(last)) : null };
}
