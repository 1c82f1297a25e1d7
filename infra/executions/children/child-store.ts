import { LockMode } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { ChildStore } from '../../../activities/ports/stores.ts';
import { holds } from '../../../workflows/domain/compound/conditions.ts';
import { isClosed } from '../../../workflows/domain/transitions.ts';
import type { CallFunction } from '../../db/call.ts';
import { Execution } from '../../db/entities/execution.ts';
import { asOwner } from '../../db/session.ts';
import { readKnown } from './known.ts';
import { hasEnded, openChild } from './open-child.ts';
import { postResults } from './post-results.ts';

/** The children of compounds over PostgreSQL, under the owner's row-level security. */
export const makeChildStore = (
  { em: root }: Pick<MikroORM, 'em'>,
  call: CallFunction,
): ChildStore => ({
  open: (request) => openChild(call, request),

  chooseBranch: ({ ownerId, executionId }) =>
    asOwner(root, ownerId).transactional(async (em) => {
      const parent = await openParent(em, executionId);
      const { definition } = parent;
      if (definition.workflow !== 'compound') return null;
      const known = await readKnown(em, parent);
      const branch = definition.children?.find(({ when }) => when && holds(when, known));
      return branch?.name ?? definition.defaultPart;
    }),

  postResults: ({ ownerId, executionId, results }) =>
    asOwner(root, ownerId).transactional(async (em) =>
      postResults(em, await openParent(em, executionId), results),
    ),
});

/** The parent, kept from being closed meanwhile; its children may be opened at the same time. */
async function openParent(em: EntityManager, id: string): Promise<Execution> {
  const parent = await em.findOne(Execution, { id }, { lockMode: LockMode.PESSIMISTIC_READ });
  if (!parent || isClosed(parent.state)) throw hasEnded();
  return parent;
}
