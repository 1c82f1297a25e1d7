import { readFile } from 'node:fs/promises';
import { Migration } from '@mikro-orm/migrations';

/** In this order: what stands later refers to what stands before. */
const FILES = [
  'identity',
  'agents',
  'models',
  'work',
  'events',
  'references',
  'doors',
  'guards',
  'access',
];

/** Everything there is at first. The files are frozen with this migration; later ones bring their own. Functions that change stand in `../functions`. */
export class Migration20261121000000_initial extends Migration {
  override name = 'Migration20261121000000_initial';

  override async up(): Promise<void> {
    for (const file of FILES)
      this.addSql(await readFile(`${import.meta.dirname}/sql/${file}.sql`, 'utf8'));
  }

  /** Drops every table, with all that is in it. */
  override down(): void {
    this.addSql(`do $$
      declare thing record;
      begin
        for thing in select format('%I.%I', schemaname, tablename) as name from pg_tables
          where schemaname = 'conclave' and tablename <> 'mikro_orm_migrations' loop
          execute 'drop table if exists ' || thing.name || ' cascade';
        end loop;
        drop sequence conclave.event_ordinal_seq;
        for thing in select oid::regprocedure as name from pg_proc where pronamespace = 'conclave'::regnamespace loop
          execute 'drop function if exists ' || thing.name || ' cascade';
        end loop;
      end $$`);
  }
}
