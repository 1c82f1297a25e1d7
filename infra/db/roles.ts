import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/** The three roles that this product's processes use; none is a superuser, none bypasses row-level security. */
const ROLES = {
  /** Owns schema and tables, runs the migrations. */
  owner: 'conclave_owner',
  /** API, orchestration, inference: sees one owner's rows at a time. */
  app: 'conclave_app',
  /** Relay and sweep: sees the rows of all owners, in the tables that it is granted. */
  system: 'conclave_system',
} as const;

export type RoleUrls = Readonly<Record<keyof typeof ROLES, string>>;

/**
 * The addresses of the three roles in the database of `DATABASE_URL`. Their passwords are made from that address's own
 * password, so that every machine which knows it comes to the same ones.
 */
export function deriveRoleUrls(databaseUrl: string): RoleUrls {
  const { password } = new URL(databaseUrl);
  if (password === '')
    throw new Error(
      'DATABASE_URL has no password: add one, because the passwords of the roles are made from it',
    );
  const urlOf = (role: string): string => {
    const url = new URL(databaseUrl);
    url.username = role;
    url.password = createHmac('sha256', decodeURIComponent(password)).update(role).digest('hex');
    return url.href;
  };
  return { owner: urlOf(ROLES.owner), app: urlOf(ROLES.app), system: urlOf(ROLES.system) };
}

/**
 * Makes what must be there before the migrations: the database, the roles, the schema. May be run at any time and by several
 * at once, by a superuser or by a role with CREATEROLE that owns the database. Roles whose address is not one of ours (an
 * operator's own login) must be members of `conclave_app` and `conclave_system`; that is the operator's to do.
 */
export async function ensureRoles(
  databaseUrl: string,
  urls: RoleUrls = deriveRoleUrls(databaseUrl),
): Promise<void> {
  await ensureDatabase(databaseUrl);
  await connected(databaseUrl, async (client) => {
    await checkVersion(client);
    await client.query("select pg_advisory_lock(hashtext('conclave/roles'))");
    for (const kind of ['owner', 'app', 'system'] as const)
      await patiently(() => ensureRole(client, ROLES[kind], urls[kind]));
    await patiently(() => ensureMembership(client));
    await client.query(`create schema if not exists conclave authorization ${ROLES.owner}`);
  });
}

const DATABASE_MISSING = '3D000';
const WRONG_PASSWORD = ['28P01', '28000'];
/** Someone else made or changed the same role or database at this moment: XX000 is "tuple concurrently updated". */
const COLLISIONS = ['XX000', '23505', '42710', '42P04', '55006'];

async function ensureDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl);
  const name = decodeURIComponent(url.pathname.slice(1));
  if (name === '') throw new Error('DATABASE_URL names no database: end it with /<database>');
  const exists = await connected(databaseUrl, async () => true).catch((error: unknown) => {
    if (codeOf(error) === DATABASE_MISSING) return false;
    throw error;
  });
  if (exists) return;
  url.pathname = '/postgres';
  await connected(url.href, (client) =>
    client.query(`create database ${escapeIdentifier(name)}`).catch((error: unknown) => {
      if (!COLLISIONS.includes(codeOf(error))) throw error;
    }),
  );
}

async function checkVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as name",
  );
  if (rows[0]!.number < 150_000)
    throw new Error(`PostgreSQL ${rows[0]!.name} is too old: use version 15 or later`);
}

async function ensureRole(client: Client, role: string, roleUrl: string): Promise<void> {
  const { username, password } = new URL(roleUrl);
  const login =
    username === role ? `login password ${escapeLiteral(decodeURIComponent(password))}` : 'nologin';
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (rowCount === 0) {
    await client.query(`create role ${role} ${login}`);
    await client.query(`alter role ${role} set search_path = conclave`);
  } else if (username === role && !(await canLogIn(roleUrl))) {
    await client.query(`alter role ${role} ${login}`);
  }
}

const canLogIn = (url: string): Promise<boolean> =>
  connected(url, async () => true).catch((error: unknown) => {
    if (WRONG_PASSWORD.includes(codeOf(error))) return false;
    throw error;
  });

/** The migrations hand functions over to `conclave_system`, and whoever is not a superuser hands the schema to the owner. */
async function ensureMembership(client: Client): Promise<void> {
  const { rows } = await client.query<{ super: boolean }>(
    'select rolsuper as super from pg_roles where rolname = current_user',
  );
  if (!rows[0]!.super) await client.query(`grant ${ROLES.owner}, ${ROLES.system} to current_user`);
  await client.query(`grant ${ROLES.system} to ${ROLES.owner}`);
}

async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 10 || !COLLISIONS.includes(codeOf(error))) throw error;
      await sleep(20 * attempt);
    }
  }
}

async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // what breaks a query also rejects it
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
