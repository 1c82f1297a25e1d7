import { type Sample, seats } from './sample.ts';

/** Chain of command: an incident is split, looked into, reported upwards, and ends in one order. */
export const incidentTriage: Sample = {
  templates: [
    {
      name: 'incident-commander',
      displayName: 'Incident commander',
      description: 'Decides what is looked into, by whom, and what is done first.',
      role: 'coordinator',
      config: {
        systemPrompt:
          'You command an incident. Split the work so that nobody waits for anybody. When reports are in, give one order: what is done now, what is watched, who is told. Say what you do not know.',
        temperature: 0.3,
      },
    },
    {
      name: 'operations-lead',
      displayName: 'Operations lead',
      description: 'Answers for systems: what runs, what changed, what can be rolled back.',
      role: 'planner',
      config: {
        systemPrompt:
          'You lead operations during an incident. Turn what the commander asks into checks that one engineer can do in ten minutes. Do not accept a report that names a cause without evidence.',
        temperature: 0.3,
      },
    },
    {
      name: 'communications-lead',
      displayName: 'Communications lead',
      description: 'Answers for people: who is affected, what they are told, and when.',
      role: 'planner',
      config: {
        systemPrompt:
          'You lead communications during an incident. Find out who is affected and what they notice. Words for customers state facts and the time of the next update, never a guess.',
        temperature: 0.3,
      },
    },
    {
      name: 'on-call-engineer',
      displayName: 'On-call engineer',
      description: 'Does one check at a time and reports what was seen.',
      role: 'executor',
      config: {
        systemPrompt:
          'You are the engineer on call. Do the one check that you were given, from what you are told. Report what was seen, what it rules out, and how sure you are. Below half sure, say so.',
        temperature: 0.2,
      },
    },
  ],
  topologies: [
    {
      name: 'incident-triage',
      description:
        'An incident goes down a chain of command and comes back as one order, with doubts escalated on the way.',
      type: 'chain',
      config: {
        authorityLevels: ['commander', 'lead', 'engineer'],
        escalationThreshold: 0.5,
        maxDelegationDepth: 2,
      },
      members: seats({
        commander: 'incident-commander',
        lead_1: 'operations-lead',
        lead_2: 'communications-lead',
        engineer_1: 'on-call-engineer',
        engineer_2: 'on-call-engineer',
      }),
    },
  ],
  tryWith: {
    task: 'Checkout fails for one customer in five since 14:05 UTC. What do we do in the next thirty minutes?',
    context:
      'Errors are time-outs of the payment gateway client. Version 4.18 was deployed at 13:52; it raised the connection pool from 20 to 200. The provider’s status page is green. Refunds work.',
  },
};
