import { Migration } from '@mikro-orm/migrations';

/** The sweep looks at what is open in the order in which it is due. */
export class Migration20261122130000_checks extends Migration {
  override name = 'Migration20261122130000_checks';

  override up(): void {
    // What the owner of the tables may not update, because row-level security binds it too, it may write anew.
    this.addSql(
      `alter table conclave.execution
         alter column next_check_at type timestamptz(3) using coalesce(next_check_at, now()),
         alter column next_check_at set default now(), alter column next_check_at set not null`,
    );
    this.addSql(
      `create index execution_check_idx on conclave.execution (next_check_at, id)
         where state in ('queued', 'preparing', 'running', 'paused')`,
    );
  }

  override down(): void {
    this.addSql('drop index conclave.execution_check_idx');
    this.addSql(
      `alter table conclave.execution
         alter column next_check_at drop default, alter column next_check_at drop not null`,
    );
  }
}
