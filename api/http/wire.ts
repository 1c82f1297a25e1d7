import { z } from 'zod';

/** A time on the wire: ISO 8601, UTC, milliseconds. */
export const moment = z.iso.datetime();
