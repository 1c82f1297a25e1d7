import { createHash, randomBytes } from 'node:crypto';
import { uuidTime, uuidV7 } from '../../workflows/domain/uuid.ts';

/** A fresh id, ordered by time. */
export const newId = (): string => uuidV7(Date.now(), randomBytes(10));

/** The id of what `cause` brought about under `key`: same cause and key, same id, still ordered by the cause's time. */
export const derivedId = (cause: string, key: string): string =>
  uuidV7(uuidTime(cause), createHash('sha256').update(`${cause}/${key}`).digest());
