import { defineEntity, p } from '@mikro-orm/core';
import { BUDGET_SCOPES } from '../../../workflows/domain/enums.ts';
import { id, rowVersion, timestamps, tokens, usd } from '../columns.ts';

const spent = (column: string) => tokens().defaultRaw('0').check(`${column} >= 0`);
const spentUsd = (column: string) => usd().default('0').check(`${column} >= 0`);

const BudgetSchema = defineEntity({
  name: 'Budget',
  properties: {
    id,
    ownerId: p.uuid(),
    scope: p.enum(BUDGET_SCOPES),
    /** The execution, project, … that it limits. */
    scopeId: p.uuid(),
    parentId: p.uuid().nullable(),
    /** Ids from the root to itself; never changes. */
    path: p.array().columnType('uuid[]'),
    isClosed: p.boolean().default(false),
    /** Null: no limit. */
    limitTokens: tokens().check('limit_tokens >= 0').nullable(),
    reservedTokens: spent('reserved_tokens'),
    usedTokens: spent('used_tokens'),
    /** What answers cost beyond their reservation and the limit. */
    overrunTokens: spent('overrun_tokens'),
    limitUsd: usd().check('limit_usd >= 0').nullable(),
    reservedUsd: spentUsd('reserved_usd'),
    usedUsd: spentUsd('used_usd'),
    overrunUsd: spentUsd('overrun_usd'),
    ...timestamps,
    rowVersion,
  },
  checks: [
    {
      name: 'budget_tokens_check',
      expression: 'limit_tokens is null or used_tokens + reserved_tokens <= limit_tokens',
    },
    {
      name: 'budget_usd_check',
      expression: 'limit_usd is null or used_usd + reserved_usd <= limit_usd',
    },
    {
      name: 'budget_path_check',
      expression: 'path[cardinality(path)] = id and (cardinality(path) = 1) = (parent_id is null)',
    },
  ],
  uniques: [{ properties: ['scope', 'scopeId'] }, { properties: ['ownerId', 'id'] }],
  indexes: [{ properties: ['parentId'] }],
});

/** A ceiling in tokens and US dollars. It is found by what it limits, `(scope, scope_id)`. */
export class Budget extends BudgetSchema.class {}
BudgetSchema.setClass(Budget);
