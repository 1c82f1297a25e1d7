import { readInterjections } from '../../../infra/executions/read-interjections.ts';
import { childrenOfExecution } from '../../../infra/executions/children/known.ts';
import { readMessages } from '../../../infra/executions/read-messages.ts';
import { transcript } from '../../../infra/executions/transcript.ts';
import { text } from '../../http/answers.ts';
import { type Route, route } from '../../http/route.ts';
import { loadExecution, ofExecution } from './load.ts';

/** `GET /v1/executions/:id/transcript`. */
export const transcriptRoute = (): Route =>
  route({
    ...ofExecution,
    method: 'get',
    path: '/v1/executions/:id/transcript',
    access: { scope: 'read' },
    summary: 'The transcript for people, as Markdown',
    answers: {
      200: { contentType: 'text/markdown', description: 'What was said, and the outcome.' },
    },
    handle: async ({ em, params: { id } }) => {
      const execution = await loadExecution(em, id);
      const messages = await readMessages(em, { executionId: id });
      const interjections = await readInterjections(em, id);
      const children = await childrenOfExecution(em, execution);
      const markdown = transcript(execution, messages, { interjections, children });
      return text('text/markdown; charset=utf-8', markdown);
    },
  });
