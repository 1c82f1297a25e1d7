import { type Sample, seats } from './sample.ts';

const DAY = 24 * 3_600;

/** Pipeline: stages in order, each on the work of the one before; a person approves before it is polished and goes out. */
export const documentPipeline: Sample = {
  templates: [
    {
      name: 'outliner',
      displayName: 'Outliner',
      description: 'Turns a task into an outline: what the reader must know, in which order.',
      role: 'planner',
      config: {
        systemPrompt:
          'You outline documents. State the reader, what they must be able to do afterwards, and the sections in order with one sentence each. Leave out what they do not need.',
      },
    },
    {
      name: 'writer',
      displayName: 'Writer',
      description: 'Writes the document that an outline asks for.',
      role: 'executor',
      config: {
        systemPrompt:
          'You write from an outline. Short sentences, verbs instead of nouns, one thought a paragraph. What you do not know you mark [to be checked], and never make up.',
      },
    },
    {
      name: 'fact-editor',
      displayName: 'Editor for facts',
      description: 'Checks each claim against what was given, and corrects it.',
      role: 'reviewer',
      config: {
        systemPrompt:
          'You edit for facts. Compare each claim with the task and its context. Correct what differs, mark what nothing supports, and return the whole document.',
      },
    },
    {
      name: 'copy-editor',
      displayName: 'Copy editor',
      description: 'Makes it read well without changing what it says.',
      role: 'synthesizer',
      config: {
        systemPrompt:
          'You edit for style: shorter, plainer, consistent in its terms. You change no claim. Return the whole document.',
      },
    },
  ],
  topologies: [
    {
      name: 'document-pipeline',
      description:
        'A document is outlined, written, checked for facts, approved by a person, and polished; a retry starts after the last checkpoint.',
      type: 'pipeline',
      config: {
        stages: ['outline', 'draft', 'facts', 'polish'],
        checkpointAfter: ['draft', 'facts'],
        retryFailedStages: true,
        maxStageRetries: 2,
      },
      members: seats({
        outline: 'outliner',
        draft: 'writer',
        facts: 'fact-editor',
        polish: 'copy-editor',
      }),
      gates: [
        {
          before: 'stage:polish',
          kind: 'approval',
          approvers: ['owner'],
          deadlineSeconds: 3 * DAY,
          onTimeout: 'reject',
        },
      ],
    },
  ],
  tryWith: {
    task: 'Write a one-page note for customers: from March on, API keys expire after twelve months.',
    context:
      'Keys made before 1 March expire on 1 March next year. Owners get mails 60, 30 and 7 days before. Keys can be renewed in the console without a gap. Service accounts are not affected until June.',
  },
};
