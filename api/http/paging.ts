import type { EntityManager, EntityName, FilterQuery } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { InvalidRequest } from '../../workflows/contract/errors.ts';

/** Query parameters of every list. */
export const paging = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(50)
    .meta({ description: 'The most items in one answer.' }),
  cursor: z
    .string()
    .max(200)
    .optional()
    .meta({ description: '`nextCursor` of the page before; without it the newest come first.' }),
};
export interface Paging {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** The answer of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
  });

/** What lists are ordered by: newest first; the id decides between rows of one millisecond. */
export interface Listed {
  readonly id: string;
  readonly createdAt: Date;
}

const Cursor = z.tuple([z.iso.datetime(), z.uuid()]);

/** Where the page after `row` begins. */
const cursorAfter = ({ createdAt, id }: Listed): string =>
  Buffer.from(JSON.stringify([createdAt.toISOString(), id])).toString('base64url');

/** The row that a cursor comes after; null without a cursor. Throws `InvalidRequest` when it is none of ours. */
function readCursor(cursor: string | undefined): Listed | null {
  if (cursor === undefined) return null;
  try {
    const json: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [createdAt, id] = Cursor.parse(json);
    return { createdAt: new Date(createdAt), id };
  } catch {
    throw new InvalidRequest([
      { path: 'cursor', message: 'is not a cursor of this list; begin again without it' },
    ]);
  }
}

/** The rows that come after a cursor. `$lte` beside the `$or` is what lets the index on `created_at` serve it. */
const after = ({ createdAt, id }: Listed) => ({
  createdAt: { $lte: createdAt },
  $or: [{ createdAt: { $lt: createdAt } }, { id: { $lt: id } }],
});

/** Cuts rows, of which one more than `limit` was asked for, to a page. */
function toPage<Row extends Listed>(
  rows: readonly Row[],
  limit: number,
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last ? cursorAfter(last) : null };
}

/** One page of an entity's rows, newest first. */
export async function findPage<Entity extends Listed>(
  em: EntityManager,
  entity: EntityName<Entity>,
  where: NoInfer<FilterQuery<Entity>>,
  { limit, cursor }: Paging,
): Promise<{ readonly rows: readonly Entity[]; readonly nextCursor: string | null }> {
  const from = readCursor(cursor);
  const conditions = from ? { $and: [where, after(from)] } : where;
  const rows = await em.find<Entity>(entity, conditions as FilterQuery<Entity>, {
    orderBy: { createdAt: 'desc', id: 'desc' } as never,
    limit: limit + 1,
  });
  return toPage(rows, limit);
}

/** A page, and behind the last one what is not stored. A full last page leaves that to one more page. */
export function followedBy<Item>(
  unstored: readonly Item[],
  page: {
    readonly items: readonly Item[];
    readonly rows: readonly Listed[];
    readonly nextCursor: string | null;
    readonly limit: number;
  },
): { readonly items: readonly Item[]; readonly nextCursor: string | null } {
  const { items, rows, nextCursor, limit } = page;
  const last = rows.at(-1);
  if (nextCursor !== null || unstored.length === 0) return { items, nextCursor };
  return last && rows.length === limit
    ? { items, nextCursor: cursorAfter(last) }
    : { items: [...items, ...unstored], nextCursor: null };
}
