import { Migration } from '@mikro-orm/migrations';

/**
 * A call is found by its number: plans that were made while the table was small chose the other index, and read all calls of
 * the execution. What people said is found without reading what the seats said.
 */
export class Migration20261122120000_flat extends Migration {
  override name = 'Migration20261122120000_flat';

  override up(): void {
    this.addSql('drop index conclave.llm_call_execution_id_started_at_idx');
    this.addSql(
      "create index message_interjection_idx on conclave.message (execution_id, sequence) where message_type = 'interjection'",
    );
  }

  override down(): void {
    this.addSql('drop index conclave.message_interjection_idx');
    this.addSql(
      'create index llm_call_execution_id_started_at_idx on conclave.llm_call (execution_id, started_at)',
    );
  }
}
