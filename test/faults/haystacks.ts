import type { Client as TemporalClient } from '@temporalio/client';
import type { Client } from 'pg';
import { ROLES, type System } from '../support/system.ts';

/** Places that are searched, by name: each a list of texts. */
export type Haystacks = ReadonlyMap<string, readonly string[]>;

/** All that the roles have printed. */
export const logsOf = (system: System): Haystacks =>
  new Map(ROLES.map((role) => [`log of ${role}`, [system.logOf(role)]]));

/** Every text and every byte of every history in the namespace, and of what Temporal tells about its workflow. */
export async function historiesOf(client: TemporalClient): Promise<Haystacks> {
  const found: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { raw } = await handle.describe();
    const details = await handle.query('__temporal_workflow_metadata');
    const all = [await handle.fetchHistory(), raw, details];
    found.push(all.flatMap((each) => [...textsIn(each)]).join('\n'));
  }
  return new Map([['histories', found]]);
}

/** What Temporal holds of every schedule in the namespace. */
export async function schedulesOf({ schedule }: TemporalClient): Promise<Haystacks> {
  const found: string[] = [];
  for await (const { scheduleId } of schedule.list()) {
    const { raw } = await schedule.getHandle(scheduleId).describe();
    found.push([...textsIn(raw)].join('\n'));
  }
  return new Map([['schedules', found]]);
}

/** What is said of all that has failed. Where a person rejected something, their reason is part of it: who asked is told. */
export async function errorsOf(admin: Client): Promise<Haystacks> {
  const { rows } = await admin.query<{ error: string }>(
    `select error_details ->> 'message' as error from conclave.execution where error <> 'rejected'
     union all select last_error from conclave.schedule where last_error is not null`,
  );
  return new Map([['errors', rows.map(({ error }) => error)]]);
}

/** All that can be read in a message of gRPC's: its texts, and its bytes as text. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value instanceof Uint8Array) yield Buffer.from(value).toString('utf8');
  else if (typeof value === 'object' && value !== null)
    for (const [key, child] of Object.entries(value)) {
      yield key;
      yield* textsIn(child);
    }
}

/** Every row of every table, as text; binary columns are read as text where they are. */
export async function tablesOf(admin: Client): Promise<Haystacks> {
  const { rows } = await admin.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'conclave'::regnamespace
     and relkind in ('r', 'p') and not relispartition`,
  );
  const tables = new Map<string, readonly string[]>();
  for (const { name } of rows) {
    const found = await admin.query<Record<string, unknown>>(`select * from conclave.${name}`);
    tables.set(
      `table ${name}`,
      found.rows.map((row) => Object.values(row).map(textOf).join('\n')),
    );
  }
  return tables;
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** `<canary> in <place>` for each that is found. */
export function findings(canaries: Iterable<string>, haystacks: Haystacks): string[] {
  const found: string[] = [];
  for (const canary of canaries)
    for (const [place, texts] of haystacks)
      if (texts.some((text) => text.includes(canary))) found.push(`${canary} in ${place}`);
  return found;
}
