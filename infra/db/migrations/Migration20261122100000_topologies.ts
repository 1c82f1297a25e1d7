import { readFile } from 'node:fs/promises';
import { Migration } from '@mikro-orm/migrations';

const sql = (name: string): Promise<string> =>
  readFile(`${import.meta.dirname}/sql/${name}.sql`, 'utf8');

/** All seven topologies, people who are asked, pauses, forks, schedules. */
export class Migration20261122100000_topologies extends Migration {
  override name = 'Migration20261122100000_topologies';

  override async up(): Promise<void> {
    this.addSql(await sql('topologies'));
  }

  /** Refused while there are executions of types that the release before does not know: delete those first. */
  override async down(): Promise<void> {
    this.addSql(await sql('topologies.down'));
  }
}
