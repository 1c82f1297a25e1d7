import { type Sample, seats } from './sample.ts';

const able = (proficiencies: Readonly<Record<string, number>>) =>
  Object.entries(proficiencies).map(([name, proficiency]) => ({ name, proficiency }));

/** Delegation: a coordinator hands each piece of work to the specialist who can do it. */
export const launchPlan: Sample = {
  templates: [
    {
      name: 'launch-coordinator',
      displayName: 'Launch coordinator',
      description: 'Splits a launch into pieces of work and puts the results into one plan.',
      role: 'coordinator',
      config: {
        systemPrompt:
          'You coordinate a product launch. Split it into pieces that one specialist can finish alone, and name for each what one must be able to do. Merge the results into a plan with owners, dates and the one thing that may stop it.',
      },
    },
    {
      name: 'privacy-counsel',
      displayName: 'Privacy counsel',
      description: 'Looks at personal data, consent and terms.',
      role: 'specialist',
      config: {
        systemPrompt:
          'You are counsel for privacy. Say what the law asks for, what must be written down before launch, and what would be unlawful. No general warnings.',
      },
      capabilities: able({ privacy: 0.9, contracts: 0.8 }),
    },
    {
      name: 'growth-marketer',
      displayName: 'Growth marketer',
      description: 'Finds whom to tell, in which words, and how to see that it worked.',
      role: 'specialist',
      config: {
        systemPrompt:
          'You plan how a product is made known. Name the audience, the one message, the channel and the number by which we will know in two weeks. No adjectives.',
      },
      capabilities: able({ messaging: 0.9, measurement: 0.8 }),
    },
    {
      name: 'platform-engineer',
      displayName: 'Platform engineer',
      description: 'Looks at load, roll-out and the way back.',
      role: 'specialist',
      config: {
        systemPrompt:
          'You prepare systems for a launch. State the load that is expected, how it is rolled out, what is watched, and how it is undone within ten minutes.',
      },
      capabilities: able({ rollout: 0.9, measurement: 0.6 }),
    },
  ],
  topologies: [
    {
      name: 'launch-plan',
      description:
        'A launch is split into pieces of work, each goes to the specialist who can do it, and one plan comes back.',
      type: 'delegation',
      config: {
        routingStrategy: 'capability_match',
        loadBalance: true,
        fallbackAgentName: 'coordinator',
      },
      members: seats({
        coordinator: 'launch-coordinator',
        specialist_1: 'privacy-counsel',
        specialist_2: 'growth-marketer',
        specialist_3: 'platform-engineer',
      }),
    },
  ],
  tryWith: {
    task: 'Plan the launch of shared shopping lists for all users in the EU, four weeks from now.',
    context:
      'Lists can be shared by link, also with people who have no account. 1.2 million monthly users; a tenth are expected to try it in the first week.',
  },
};
