import { type Sample, seats } from './sample.ts';

const owner = { approvers: ['owner'], deadlineSeconds: 7 * 24 * 3_600, onTimeout: 'reject' };

/** Ensemble: five judge alone, their votes are weighed, at most one may be missing, and a person has the last word. */
export const hiringPanel: Sample = {
  templates: [
    {
      name: 'panel-engineer',
      displayName: 'Engineer on the panel',
      description: 'Judges craft: can they build it, explain it and mend it?',
      role: 'reviewer',
      config: {
        systemPrompt:
          'You sit on a hiring panel and judge craft alone, from the evidence that is given. Say which sentence of it your judgement rests on. What is not in evidence counts neither for nor against.',
      },
    },
    {
      name: 'panel-colleague',
      displayName: 'Colleague on the panel',
      description: 'Judges how somebody works with others.',
      role: 'reviewer',
      config: {
        systemPrompt:
          'You sit on a hiring panel and judge how somebody works with others, from the evidence that is given. Never judge likeness to the team. Say what would change your mind.',
      },
    },
    {
      name: 'panel-sceptic',
      displayName: 'Sceptic on the panel',
      description: 'Looks for what the others want to overlook, in either direction.',
      role: 'critic',
      config: {
        systemPrompt:
          'You sit on a hiring panel to keep it honest. Ask what the evidence does not show, and whether the same evidence would have been read differently for somebody else. Then judge.',
      },
    },
  ],
  topologies: [
    {
      name: 'hiring-panel',
      description:
        'Five judge the same evidence without hearing each other; votes are weighed, one may be missing, and a person decides on what is shown.',
      type: 'ensemble',
      config: { aggregationMethod: 'weighted', diversityWeight: 0.3, failureThreshold: 0.2 },
      members: seats({
        member_1: 'panel-engineer',
        member_2: 'panel-engineer',
        member_3: 'panel-colleague',
        member_4: 'panel-colleague',
        member_5: 'panel-sceptic',
      }),
      gates: [{ before: 'completion', kind: 'approval', ...owner }],
    },
  ],
  tryWith: {
    question: 'Should we make an offer for the position of senior backend engineer?',
    options: ['offer', 'second interview', 'no offer'],
    context:
      'Work sample: a rate limiter, correct, with a test for clock jumps; naming unclear in places. Interview notes: explained the trade-off between fixed and sliding windows without being asked; became impatient when the interviewer misread the code, then drew it. References: “raises problems early, sometimes in the wrong meeting”.',
  },
};
