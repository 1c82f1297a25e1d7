import type { Sample } from './sample.ts';

const latency = { chunkDelayMs: 18 };

const TEMPLATES = [
  {
    name: 'software-architect',
    displayName: 'Software architect',
    description: 'Looks at boundaries, coupling and what a change costs in two years.',
    role: 'planner',
    config: {
      systemPrompt:
        'You are a software architect. Judge designs by their boundaries and by what they will cost to change. Name the one risk that matters most.',
    },
  },
  {
    name: 'reliability-engineer',
    displayName: 'Reliability engineer',
    description: 'Looks for what breaks, when, and who is woken up by it.',
    role: 'critic',
    config: {
      systemPrompt:
        'You are a reliability engineer. Look for failure modes, their blast radius and how they would be noticed. Prefer what can be undone.',
    },
  },
  {
    name: 'product-owner',
    displayName: 'Product owner',
    description: 'Looks at customers, dates and what is not done while something else is.',
    role: 'specialist',
    config: {
      systemPrompt:
        'You are a product owner. Weigh what customers notice against dates and the work that would have to wait. Ask what happens if we do nothing.',
    },
  },
  {
    name: 'moderator',
    displayName: 'Moderator',
    description: 'Hears everyone, asks for another round while it helps, then decides.',
    role: 'coordinator',
    config: {
      systemPrompt:
        'You moderate a debate. Ask for another round only while positions may still move; then decide, and do justice to the minority.',
    },
  },
] as const;

/** The debate with what is said in it: the scripts are the rehearsal provider's. */
const REHEARSED_DEBATE = {
  name: 'design-review',
  description:
    'Three views on a design question, and a moderator who decides when they do not agree.',
  type: 'debate',
  config: { maxRounds: 3, consensusMethod: 'mediator', convergenceThreshold: 0.8 },
  members: [
    {
      slot: 'debater_1',
      position: 0,
      template: 'software-architect',
      overrides: {
        rehearsal: {
          script: [
            {
              ...latency,
              choice: 'split now',
              confidence: 0.7,
              text: 'Split it now. Orders and payments change for different reasons and at different speeds, yet they share one schema and one deployment. Each month we wait, another report joins their tables, and the seam we would cut along grows shut.',
              reasoning: 'Coupling grows with time; the boundary is clear today.',
            },
            {
              ...latency,
              choice: 'split after the season',
              confidence: 0.75,
              text: 'I give ground on the date, not on the direction. Reliability is right that we would lose the one transaction that keeps orders and charges together, just when traffic is highest. So: freeze the shared schema today, write payments through one module, and move that module out in January.',
              reasoning: 'A frozen seam keeps the option open at a tenth of the risk.',
            },
          ],
        },
      },
    },
    {
      slot: 'debater_2',
      position: 1,
      template: 'reliability-engineer',
      overrides: {
        rehearsal: {
          script: [
            {
              ...latency,
              choice: 'keep together',
              confidence: 0.8,
              text: 'Keep it together. Today a failed charge rolls the order back, for free. Apart, we need an outbox, a saga and an on-call rota that understands both, and the first thing that will teach us so is a customer who paid twice on the busiest day of the year.',
              reasoning: 'One transaction replaces three mechanisms that we do not have yet.',
            },
            {
              ...latency,
              choice: 'keep together',
              confidence: 0.65,
              text: 'A frozen seam I can live with, and I would help to build it. But I still would not promise a split in January: let us first see in the numbers that payments really are what slows orders down. If they are not, one database is the cheapest consistency there is.',
              reasoning: 'No measurement yet shows that the coupling is what hurts.',
            },
          ],
        },
      },
    },
    {
      slot: 'debater_3',
      position: 2,
      template: 'product-owner',
      overrides: {
        rehearsal: {
          script: [
            {
              ...latency,
              choice: 'split after the season',
              confidence: 0.6,
              text: 'After the season. Nobody buys from us because of our service boundaries, and a third of the year is earned in six weeks. But I need wallets and instalments in spring, and both get stuck in that shared schema, so never is not an answer either.',
              reasoning: 'The date is fixed by revenue, the need by the spring roadmap.',
            },
            {
              ...latency,
              choice: 'split after the season',
              confidence: 0.8,
              text: 'Then we agree on more than it seemed: nothing moves before the season, and the seam is drawn now. I will put the split on the roadmap for January, with the measurement that reliability asks for as its first week.',
              reasoning: 'It protects the season and the spring roadmap alike.',
            },
          ],
        },
      },
    },
    {
      slot: 'mediator',
      position: 3,
      template: 'moderator',
      overrides: {
        rehearsal: {
          script: [
            {
              ...latency,
              anotherRound: true,
              choice: 'split after the season',
              confidence: 0.4,
              text: 'Three answers, but only two quarrels: when, and whether at all. Architecture, what would you need today so that waiting costs nothing? Reliability, what would you have to see to change your mind?',
              reasoning: 'Positions rest on different time frames and may meet.',
            },
            {
              ...latency,
              anotherRound: false,
              choice: 'split after the season',
              confidence: 0.85,
              text: 'We split after the season, on three conditions: the shared schema is frozen this week, payments are written through one module, and January begins with a measurement. If it shows that payments do not slow orders down, reliability’s case is heard again before anyone moves a table.',
              reasoning: 'Two of three agree, and the dissent became a condition.',
            },
          ],
        },
      },
    },
  ],
} as const;

const unscripted = REHEARSED_DEBATE.members.map(({ slot, position, template }) => ({
  slot,
  position,
  template,
}));

const input = {
  question:
    'Orders and payments share one service and one database. Should payments become a service of their own?',
  options: ['split now', 'split after the season', 'keep together'],
  context:
    'It is October. A third of the year’s revenue falls into the six weeks before New Year. Wallets and instalments are planned for spring.',
} as const;

/** Debate: three views on a design question. Saved without the scripts, which answer one question only. */
export const designReview: Sample = {
  templates: TEMPLATES,
  topologies: [{ ...REHEARSED_DEBATE, members: unscripted }],
  tryWith: input,
};

/** What each seat of the debate is called. */
export const SEAT_NAMES = new Map(
  REHEARSED_DEBATE.members.map(({ slot, template }) => [
    slot,
    TEMPLATES.find(({ name }) => name === template)?.displayName ?? template,
  ]),
);

const { type, config } = REHEARSED_DEBATE;

/** Body of `POST /v1/executions`. Rehearsed whatever provider there is, so that showing it never costs anything. */
export const REHEARSED_EXECUTION = {
  inline: {
    type,
    config,
    members: REHEARSED_DEBATE.members.map(({ overrides, ...member }) => ({
      ...member,
      overrides: { ...overrides, models: [{ provider: 'rehearsal', model: 'rehearsal-1' }] },
    })),
  },
  title: 'Split payments from orders?',
  input,
} as const;

/** The same agents on a question of the caller's. */
export const questionExecution = (question: string) => ({
  topology: REHEARSED_DEBATE.name,
  input: { question },
});
