import { readFile } from 'node:fs/promises';
import { Migration } from '@mikro-orm/migrations';

const FILES = ['states', 'resolving'];
const TURN_BEGIN = '(uuid, uuid, uuid, int, int, jsonb, jsonb, int, int, uuid)';

/** A start in few round trips: what it is resolved from, and the changes of its state. */
export class Migration20261122010000_starts extends Migration {
  override name = 'Migration20261122010000_starts';

  override async up(): Promise<void> {
    for (const file of FILES)
      this.addSql(await readFile(`${import.meta.dirname}/sql/${file}.sql`, 'utf8'));
  }

  override down(): void {
    this.addSql(`drop function conclave.turn_begin${TURN_BEGIN}`);
    this.addSql(`alter function conclave.turn_begin_running${TURN_BEGIN} rename to turn_begin`);
    this
      .addSql(`drop function conclave.backgrounds_of(uuid, uuid[], uuid[], uuid[]), conclave.providers_of(uuid),
      conclave.execution_begin(uuid, uuid, text), conclave.record_run(uuid, uuid, text),
      conclave.record_state(uuid, text, text, text, text), conclave.new_id()`);
  }
}
