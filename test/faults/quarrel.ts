import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { executionWorkflowId } from '../../workflows/contract/names.ts';
import { OPENROUTER } from '../support/fake-chat.ts';
import { type FakeProvider, startFakeProvider } from '../support/fake-provider.ts';
import type { ChatBody } from '../support/fake-openai-answers.ts';
import type { StartBody } from './bodies.ts';
import { debate } from './debates.ts';

/** The debaters, in the order of their seats. */
const SIDES = ['tabs', 'spaces'] as const;
const WORD = 'word ';

/** The text of `words` words that an answer has. */
export const saying = (words: number): string => WORD.repeat(words).trim();

/** A debate of two who never agree, so that every round is held; each answer has so many words. */
export const quarrel = (maxRounds: number, words = 2): StartBody =>
  debate({
    question: 'Tabs or spaces?',
    options: SIDES,
    config: { maxRounds, consensusMethod: 'unanimous', allowEarlyTermination: false },
    debaters: SIDES.map((side) => ({
      maxTokens: 50_000,
      model: { provider: 'openrouter', model: `${side}/${words}` },
    })),
  });

/**
 * The provider of quarrels, whose turns come strictly one after the other: the second answer of a round is held back
 * until the workflow has taken note of the first. Two that it heard of at once would share a workflow task, and a turn
 * would seem cheaper in one run than in another.
 */
export async function startQuarrelsome(temporal: Client): Promise<FakeProvider<ChatBody>> {
  const isNoted = async (executionId: string): Promise<boolean> => {
    const { raw } = await temporal.workflow.getHandle(executionWorkflowId(executionId)).describe();
    return raw.pendingActivities?.length === 1 && !raw.pendingWorkflowTask;
  };
  const fake = await startFakeProvider(OPENROUTER, {
    answer: async (body) => {
      const [choice = '', words] = body.model.split('/');
      const key = fake.calls.find((call) => call.body === body)?.idempotencyKey;
      const [executionId = ''] = key?.split('/') ?? [];
      while (choice === SIDES[1] && !(await isNoted(executionId))) await sleep(5);
      const said = { text: saying(Number(words)), choice, abstain: false };
      return JSON.stringify({ ...said, confidence: 0.5, reasoning: 'Habit.' });
    },
  });
  return fake;
}
