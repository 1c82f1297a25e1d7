import type { Principal } from '../../infra/db/session.ts';
import { permit, SHARED_WRITERS } from '../middleware/permit.ts';

/** The owner of what is made: the caller, or nobody where it is for all, which takes an admin or an operator. */
export function ownerOf(principal: Principal, shared: boolean): string | null {
  if (shared) permit(principal, SHARED_WRITERS);
  return shared ? null : principal.userId;
}

/** Throws `forbidden` when the row is shared and the caller may only read what is. */
export function permitChange(
  principal: Principal,
  { ownerId }: { readonly ownerId?: string | null | undefined },
): void {
  if (ownerId == null) permit(principal, SHARED_WRITERS);
}

/** One's own rows and the shared ones: an admin could see everybody's, but lists show one's own. */
export const ownAndShared = ({ userId }: Principal) => ({
  $or: [{ ownerId: userId }, { ownerId: null }],
});
