import { type Sample, seats } from './sample.ts';

/** Compound: several research the same question, what they wrote is checked, and the report goes out with what was found. */
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
    {
      name: 'report-publisher',
      displayName: 'Report publisher',
      description: 'Puts what the fact checkers found into the report.',
      role: 'synthesizer',
      config: {
        systemPrompt:
          'You get a report that was checked, as JSON: the report is "artifact", the verdict is "answer", what the checkers found is "findings". Return the whole report. Its first line says whether it was approved. Correct what a finding corrects, and mark each claim that a finding calls unsupported with [not supported: why]. Change nothing else.',
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
      name: 'publish-report',
      description:
        'A checked report goes out with its verdict, and with its doubtful claims marked.',
      type: 'pipeline',
      config: { stages: ['publish'] },
      members: seats({ publish: 'report-publisher' }),
    },
    {
      name: 'research-with-fact-check',
      description:
        'Research by three, made into one report; two check it claim by claim, and it goes out with what they found.',
      type: 'compound',
      config: {
        compositionType: 'sequential',
        children: [
          { name: 'report', topology: 'research' },
          {
            name: 'check',
            topology: 'fact-check',
            // The question with its context: claims are held against what was given.
            input: { artifact: '$.children.report.output.text', context: '$.input' },
          },
          {
            name: 'publish',
            topology: 'publish-report',
            input: { question: '$.input.question', context: '$.children.check.output' },
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
