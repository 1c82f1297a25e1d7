import { readFile } from 'node:fs/promises';
import { Migration } from '@mikro-orm/migrations';

const TURN_BEGIN = '(uuid, uuid, uuid, int, int, jsonb, jsonb, int, int, uuid)';

/** Changes of an execution's state that are made in one round trip. */
export class Migration20261122010000_states extends Migration {
  override name = 'Migration20261122010000_states';

  override async up(): Promise<void> {
    this.addSql(await readFile(`${import.meta.dirname}/sql/states.sql`, 'utf8'));
  }

  override down(): void {
    this.addSql(`drop function conclave.turn_begin${TURN_BEGIN}`);
    this.addSql(`alter function conclave.turn_begin_running${TURN_BEGIN} rename to turn_begin`);
    this.addSql(`drop function conclave.execution_begin(uuid, uuid, text), conclave.record_run(uuid, uuid, text),
      conclave.record_state(uuid, text, text, text, text), conclave.new_id()`);
  }
}
