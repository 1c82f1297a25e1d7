import { z } from 'zod';
import { InvalidRequest } from '../../../workflows/contract/errors.ts';
import type { ApiDeps } from '../../deps.ts';
import { stream } from '../../http/answers.ts';
import { type Route, route } from '../../http/route.ts';
import { streamExecution } from '../../sse/execution-stream.ts';
import { SseWriter } from '../../sse/sse-writer.ts';
import { loadExecution, ofExecution } from './load.ts';

/** One server-sent event, by its fields. */
const StreamedEvent = z.strictObject({
  event: z.enum(['turn', 'token', 'message', 'state', 'interaction', 'progress', 'reset', 'end']),
  id: z
    .string()
    .optional()
    .meta({ description: 'Its position: where a stream resumes. What is not stored has none.' }),
  data: z.string().meta({ contentMediaType: 'application/json' }),
  retry: z.int().optional(),
});

/** `GET /v1/executions/:id/events`: the execution as it happens, as server-sent events. */
export const eventsRoute = ({ hub }: ApiDeps): Route =>
  route({
    ...ofExecution,
    method: 'get',
    path: '/v1/executions/:id/events',
    access: { scope: 'read' },
    summary:
      'Watch an execution; resumes after Last-Event-ID, else begins with all messages so far',
    answers: {
      200: {
        contentType: 'text/event-stream',
        description: 'What has happened, and what happens; ends when the execution is closed.',
        event: StreamedEvent,
      },
    },
    handle: async ({ em, params: { id }, header }) => {
      const after = readLastEventId(header('Last-Event-ID'));
      await loadExecution(em, id);
      return stream((res, ended) =>
        streamExecution(new SseWriter(res, ended), { em, hub, executionId: id, after, ended }),
      );
    },
  });

/** A position, or null without one; an empty id is what a browser sends before it has got any. */
function readLastEventId(value: string | undefined): number | null {
  if (value === undefined || value === '') return null;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidRequest([
    { path: 'Last-Event-ID', message: 'is not an id of this stream; leave it out to begin anew' },
  ]);
}
