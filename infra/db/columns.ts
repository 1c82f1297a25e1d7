import { p } from '@mikro-orm/core';
import { newId } from './new-id.ts';

/** The key of most tables: a version 7 UUID, made in code. */
export const id = p.uuid().primary().onCreate(newId);

/** A moment, to the millisecond. */
export const moment = () => p.datetime(3);

export const createdAt = moment()
  .defaultRaw('now()')
  .onCreate(() => new Date());

/** `created_at` and `updated_at`. */
export const timestamps = {
  createdAt,
  updatedAt: moment()
    .defaultRaw('now()')
    .onCreate(() => new Date())
    .onUpdate(() => new Date()),
};

/** Raised by each change; the `ETag` of the resource. */
export const rowVersion = p.integer().version();

/** US dollars, as a decimal string: added up in SQL only. */
export const usd = () => p.decimal('string').precision(14).scale(6);

/** A count of tokens. */
export const tokens = () => p.bigint('number');

/** A list of words. */
export const words = <Word extends string = string>() => p.array().$type<Word[]>();

/** A free JSON object, empty unless given. */
export const bag = <Shape = Record<string, unknown>>() => p.json<Shape>().default('{}');

/** A list of JSON objects, empty unless given. */
export const list = <Shape = Record<string, unknown>>() => p.json<readonly Shape[]>().default('[]');

/** A number in double precision: scores, weights. */
export const number = () => p.double().$type<number>();
