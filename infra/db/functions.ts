import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { EntityManager } from '@mikro-orm/postgresql';

/** In this order: what stands later may use what stands before. */
const FILES = [
  'legal-changes',
  'turn',
  'asking',
  'states',
  'accepting',
  'endings',
  'resolving',
  'people',
  'events',
];

/**
 * Brings the functions of `functions/` up to date. They are code, not data: no migration holds an older form of them.
 * What is there already, unchanged, is left alone, so that running workers notice nothing.
 */
export async function renewFunctions(em: EntityManager): Promise<void> {
  const sources = await Promise.all(
    FILES.map((file) => readFile(`${import.meta.dirname}/functions/${file}.sql`, 'utf8')),
  );
  const sql = sources.join('\n');
  const names = [
    ...new Set([...sql.matchAll(/^create function conclave\.(\w+)/gm)].map(([, name]) => name!)),
  ];
  const mark = `functions ${createHash('sha256').update(sql).digest('hex')}`;

  await em.transactional(async (tx) => {
    const there = await tx.execute<{ name: string; signature: string; mark: string | null }[]>(
      `select proname as name, oid::regprocedure::text as signature,
         obj_description('conclave'::regnamespace, 'pg_namespace') as mark
       from pg_proc where pronamespace = 'conclave'::regnamespace and proname = any (?::text[])`,
      [`{${names.join(',')}}`],
    );
    const isComplete = new Set(there.map(({ name }) => name)).size === names.length;
    if (isComplete && there.every((row) => row.mark === mark)) return;
    for (const { signature } of there.toReversed()) await tx.execute(`drop function ${signature}`);
    await tx.execute(sql);
    await tx.execute(DOORS);
    await tx.execute(ONLY_OURS);
    await tx.execute(`comment on schema conclave is '${mark}'`);
  });
}

/** What runs as its owner runs as `conclave_system`: one that belongs to the tables' owner would find no rows. */
const DOORS = `
  grant create on schema conclave to conclave_system;
  do $$
  declare
    door record;
  begin
    for door in select oid::regprocedure as name from pg_proc
      where pronamespace = 'conclave'::regnamespace and prosecdef and proname <> 'ensure_event_partitions'
    loop
      execute 'alter function ' || door.name || ' owner to conclave_system';
    end loop;
  end $$;
  revoke create on schema conclave from conclave_system`;

/** Nobody but our roles may call what was made just now. */
const ONLY_OURS = `
  revoke execute on all functions in schema conclave from public;
  do $$
  declare
    made record;
  begin
    for made in select oid::regprocedure as name from pg_proc
      where pronamespace = 'conclave'::regnamespace and proname <> 'ensure_event_partitions'
    loop
      execute 'grant execute on function ' || made.name || ' to conclave_app, conclave_system';
    end loop;
  end $$`;
