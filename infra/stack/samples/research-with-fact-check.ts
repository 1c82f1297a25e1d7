import { type Sample, seats } from './sample.ts';

/** Compound: several research the same question, and what they wrote is checked before anybody reads it. */
export const researchWithFactCheck: Sample = {
  templates: [
    {
      name: 'researcher',
      displayName: 'Researcher',
      description: 'Answers a question from what is given and known, with its sources.',
      role: 'specialist',
      config: {
        systemPrompt:
          'You research a question. State findings, each with where it comes from and how sure you are. Keep what is known apart from what you conclude.',
      },
    },
    {
      name: 'research-editor',
      displayName: 'Research editor',
      description: 'Makes one report of several, and says where they disagree.',
      role: 'synthesizer',
      config: {
        systemPrompt:
          'You make one report of several. Cite whose finding each one is. Where they disagree, say so instead of choosing the middle.',
      },
    },
    {
      name: 'fact-checker',
      displayName: 'Fact checker',
      description: 'Approves a report only if every claim in it holds.',
      role: 'critic',
      config: {
        systemPrompt:
          'You check a report claim by claim. Reject it if a claim that matters is unsupported or contradicts another; name the claim and what would support it.',
      },
    },
  ],
  topologies: [
    {
      name: 'research',
      description:
        'Three research the same question apart from each other; an editor makes one report.',
      type: 'ensemble',
      config: { aggregationMethod: 'synthesis', diversityWeight: 0.5 },
      members: seats({
        member_1: 'researcher',
        member_2: 'researcher',
        member_3: 'researcher',
        synthesizer: 'research-editor',
      }),
    },
    {
      name: 'fact-check',
      description: 'A report is checked claim by claim, by two who do not hear each other.',
      type: 'crosscheck',
      config: {
        numCheckers: 2,
        requireUnanimousForApproval: true,
        checkerSpecializations: ['Numbers, dates and names.', 'Causes and conclusions.'],
      },
      members: seats({ checker_1: 'fact-checker', checker_2: 'fact-checker' }),
    },
    {
      name: 'research-with-fact-check',
      description: 'Research by three, made into one report, and the report checked by two.',
      type: 'compound',
      config: {
        compositionType: 'sequential',
        children: [
          { name: 'report', topology: 'research' },
          {
            name: 'check',
            topology: 'fact-check',
            input: { artifact: '$.children.report.output.text', context: '$.input.question' },
          },
        ],
      },
    },
  ],
  tryWith: {
    question:
      'Which database isolation level do we need so that two people cannot book the same seat?',
    context:
      'PostgreSQL 18, one table of seats, one of bookings; about 200 bookings a minute at most.',
  },
};
