import { defineEntity, p } from '@mikro-orm/core';
import { USER_ROLES, type UserRole } from '../../../workflows/domain/enums.ts';
import { bag, id, rowVersion, timestamps, words } from '../columns.ts';
import { subset } from '../checks.ts';

const UserAccountSchema = defineEntity({
  name: 'UserAccount',
  properties: {
    id,
    username: p.text().check("username ~ '^[A-Za-z0-9._-]{1,64}$'"),
    email: p.text().check('length(email) <= 320'),
    displayName: p.text().check('length(display_name) <= 255').nullable(),
    roles: words<UserRole>().default(['member']).check(subset('roles', USER_ROLES)),
    preferences: bag(),
    /** Names of the capabilities that the user's agents may use; null: all. */
    approvedCapabilities: words().nullable(),
    isActive: p.boolean().default(true),
    ...timestamps,
    rowVersion,
  },
  indexes: [
    {
      name: 'user_account_username_key',
      expression: 'create unique index user_account_username_key on user_account (lower(username))',
    },
    {
      name: 'user_account_email_key',
      expression: 'create unique index user_account_email_key on user_account (lower(email))',
    },
    { properties: ['roles'], type: 'gin' },
  ],
});

/** A person, and the owner of everything that belongs to a tenant. */
export class UserAccount extends UserAccountSchema.class {}
UserAccountSchema.setClass(UserAccount);
