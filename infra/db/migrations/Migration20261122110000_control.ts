import { Migration } from '@mikro-orm/migrations';

/** What forks keep of a turn without its calls; what came of a schedule last. */
export class Migration20261122110000_control extends Migration {
  override name = 'Migration20261122110000_control';

  override up(): void {
    this.addSql('alter table conclave.message add column kept jsonb');
    this.addSql(
      'alter table conclave.schedule add column last_run_at timestamptz(3), add column last_execution_id uuid',
    );
  }

  override down(): void {
    this.addSql('alter table conclave.message drop column kept');
    this.addSql(
      'alter table conclave.schedule drop column last_run_at, drop column last_execution_id',
    );
  }
}
