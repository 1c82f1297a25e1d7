import { UnderscoreNamingStrategy } from '@mikro-orm/core';

const SUFFIX: Readonly<Record<string, string>> = {
  foreign: 'fkey',
  unique: 'key',
  index: 'idx',
};

/** Names constraints and indexes as PostgreSQL itself would. */
export class PostgresNaming extends UnderscoreNamingStrategy {
  override indexName(
    ...[table, columns, type]: Parameters<UnderscoreNamingStrategy['indexName']>
  ): string {
    const suffix = SUFFIX[type];
    return suffix ? [table, ...columns, suffix].join('_') : super.indexName(table, columns, type);
  }
}
