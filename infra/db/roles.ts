import { createHmac } from 'node:crypto';

/** The three roles that this product's processes use; none is a superuser, none bypasses row-level security. */
export const ROLES = {
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
