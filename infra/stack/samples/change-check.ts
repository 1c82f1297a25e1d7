import { type Sample, seats } from './sample.ts';

/** Cross-check: one writes, three look for faults, each in another place, until they approve. */
export const changeCheck: Sample = {
  templates: [
    {
      name: 'change-author',
      displayName: 'Author of the change',
      description: 'Writes a change, and mends what the checkers found.',
      role: 'executor',
      config: {
        systemPrompt:
          'You write changes to production: SQL, scripts, configuration. Write the change itself, then how it is undone. When findings come back, mend each or say in one sentence why it is none.',
        temperature: 0.2,
      },
    },
    {
      name: 'change-checker',
      displayName: 'Checker',
      description: 'Looks for what is wrong with a change, in one field, and nothing else.',
      role: 'reviewer',
      config: {
        systemPrompt:
          'You check changes before they reach production. Report what is wrong, where, and how bad it is; reject only for what would do harm. Praise is not a finding.',
        temperature: 0.2,
      },
    },
  ],
  topologies: [
    {
      name: 'change-check',
      description:
        'A change to production is written and checked for safety, security and the way back, until most checkers approve.',
      type: 'crosscheck',
      config: {
        numCheckers: 3,
        consensusMethod: 'majority',
        checkerSpecializations: [
          'Data: is anything lost, locked or made inconsistent, also when it is run twice or stops half-way?',
          'Security: who can see or do more than before?',
          'Operations: can it be undone, how is a failure noticed, what does it do to running requests?',
        ],
        maxRevisions: 2,
      },
      members: seats({
        producer: 'change-author',
        checker_1: 'change-checker',
        checker_2: 'change-checker',
        checker_3: 'change-checker',
      }),
    },
  ],
  tryWith: {
    task: 'Write the SQL that splits customer.name into first_name and last_name on PostgreSQL, with 40 million rows and no downtime.',
    context:
      'Version 12 of the service reads name only; version 13 reads both. Deployments take an hour.',
  },
};
