import { z } from 'zod';
import { moment } from '../../http/wire.ts';

/** Something that a person said to an execution. */
export const InterjectionView = z
  .strictObject({
    id: z.uuid(),
    text: z.string(),
    to: z.array(z.string()).nullable().meta({ description: 'Slots; null: for all.' }),
    state: z.enum(['waiting', 'heard', 'expired']).meta({
      description: 'expired: the execution ended before anybody could hear it.',
    }),
    sequence: z
      .int()
      .nullable()
      .meta({ description: 'Its place in the transcript, once it has one.' }),
    createdAt: moment,
  })
  .meta({ id: 'Interjection' });
