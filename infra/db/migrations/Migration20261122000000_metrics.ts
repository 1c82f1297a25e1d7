import { readFile } from 'node:fs/promises';
import { Migration } from '@mikro-orm/migrations';

/** Counters that outlive every process, and what is open at a moment. */
export class Migration20261122000000_metrics extends Migration {
  override name = 'Migration20261122000000_metrics';

  override async up(): Promise<void> {
    this.addSql(await readFile(`${import.meta.dirname}/sql/metrics.sql`, 'utf8'));
  }

  /** Counters begin anew at the next reading, from what the ledger holds then. */
  override down(): void {
    this.addSql(`drop function conclave.workload(), conclave.metrics_read(),
      conclave.metrics_between(timestamptz, timestamptz)`);
    this.addSql('drop table conclave.metric_total');
    this.addSql(
      'revoke select (provider_config_id, model_name) on conclave.model_catalog_entry from conclave_system',
    );
  }
}
