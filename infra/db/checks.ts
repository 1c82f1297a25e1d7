/** SQL text of rules that more than one table has, for CHECK constraints. */
const quoted = (list: readonly string[]): string => list.map((word) => `'${word}'`).join(', ');

/** Not empty, and nothing but the words of the list. */
export const subset = (column: string, list: readonly string[]): string =>
  `${column} <@ array[${quoted(list)}]::text[] and cardinality(${column}) > 0`;

/** A score or a fraction. */
export const fraction = (column: string): string => `${column} between 0 and 1`;

/** A text of so many characters at least and at most. */
export const sized = (column: string, min: number, max: number): string =>
  `length(${column}) between ${min} and ${max}`;

/** Q's identifier: 1 to 64 of `a-z 0-9 _ -`, with a letter or digit among them. */
export const identifier = (column: string): string =>
  `${column} ~ '^[a-z0-9_-]{1,64}$' and ${column} ~ '[a-z0-9]'`;

/** Three numbers with dots between them. */
export const semver = (column: string): string =>
  `${column} ~ '^[0-9]{1,9}[.][0-9]{1,9}[.][0-9]{1,9}$'`;

/** A sha-256 hash. */
export const hash = (column: string): string => `octet_length(${column}) = 32`;
