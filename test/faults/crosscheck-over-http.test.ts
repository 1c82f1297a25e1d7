import { describe, expect } from 'vitest';
import type { RehearsalEntry } from '../../workflows/contract/rehearsal.schema.ts';
import { debate } from './debates.ts';
import { type Engine, test } from './engine.ts';
import { type Scripts, delayed, panel, storyOf } from './panels.ts';

const leak = { severity: 'critical', place: 'line 3', text: 'It leaks.' };
const rejects: RehearsalEntry = {
  verdict: 'reject',
  text: 'No.',
  findings: [leak],
  confidence: 0.9,
};
const approves: RehearsalEntry = {
  verdict: 'approve',
  text: 'Fine.',
  findings: [],
  confidence: 0.8,
};

/** Rejected by two of three, mended, approved by two of three. */
const mended: Scripts = {
  producer: [{ text: 'First version.' }, { text: 'Second version.' }],
  checker_1: [rejects, approves],
  checker_2: [rejects, { ...rejects, confidence: 0.6 }],
  checker_3: [approves, approves],
};
const review = (scripts: Scripts) =>
  panel(
    'crosscheck',
    { maxRevisions: 2, checkerSpecializations: ['security'] },
    { task: 'Write it.' },
    scripts,
  );

describe('a crosscheck over HTTP', () => {
  test('goes back to the producer with the findings until it is approved', async ({ engine }) => {
    const id = await engine.start(review(mended));

    const closed = await engine.untilClosed(id);

    expect(closed.state).toBe('completed');
    expect(closed.output).toEqual({
      answer: 'approve',
      approved: true,
      text: 'Fine.',
      artifact: 'Second version.',
      findings: [{ slot: 'checker_2', ...leak }],
      method: 'majority',
      decidedBy: 'method',
      converged: true,
      rounds: 2,
      revisions: 1,
      agreement: 2 / 3,
      votes: [
        { slot: 'checker_1', agent: 'checker_1', choice: 'approve', confidence: 0.8, weight: 1 },
        { slot: 'checker_2', agent: 'checker_2', choice: 'reject', confidence: 0.6, weight: 1 },
        { slot: 'checker_3', agent: 'checker_3', choice: 'approve', confidence: 0.8, weight: 1 },
      ],
      dissent: [{ slot: 'checker_2', choice: 'reject', reasoning: expect.any(String) }],
      standings: [
        { choice: 'approve', votes: 2, weight: 2 },
        { choice: 'reject', votes: 1, weight: 1 },
      ],
    });
    expect(closed).toMatchObject({ statusMessage: 'approved in round 2', usage: { calls: 8 } });
    const responses = await responsesOf(engine, id);
    expect(
      responses.map(({ slot, verdict, findings }) => [slot, verdict, findings.length]),
    ).toEqual([
      ['producer', null, 0],
      ['checker_1', 'reject', 1],
      ['checker_2', 'reject', 1],
      ['checker_3', 'approve', 0],
      ['producer', null, 0],
      ['checker_1', 'approve', 0],
      ['checker_2', 'reject', 1],
      ['checker_3', 'approve', 0],
    ]);
  });

  test('the producer reads what was found; a checker its speciality, the new version and its own words', async ({
    engine,
  }) => {
    const id = await engine.start(review(mended));
    await engine.untilClosed(id);

    const prompts = await promptsOf(engine, id);

    const [, , , , producer, checker] = prompts;
    expect(producer).toContain('First version.');
    expect(producer).toContain('- critical, line 3: It leaks.');
    expect(checker).toContain('What you look at as a checker: security');
    expect(checker).toContain('Second version.');
    expect(checker).toContain('You [reject]');
    expect(checker).not.toContain('checker_2');
    expect(checker).not.toContain('First version.');
  });

  test('the transcript shows findings and verdict', async ({ engine }) => {
    const id = await engine.start(review(mended));
    await engine.untilClosed(id);

    const { body } = await engine.http.get<string>(`/v1/executions/${id}/transcript`);

    expect(body).toContain('## Round 2');
    expect(body).toContain('> - critical, line 3: It leaks.');
    expect(body).toContain('**approve**');
  });

  test('says the same whoever is faster', async ({ engine }) => {
    const [first, second] = await Promise.all([
      storyOf(engine, review(delayed(mended, [0, 300, 150, 0]))),
      storyOf(engine, review(delayed(mended, [0, 0, 150, 300]))),
    ]);

    expect(first.state).toBe('completed');
    expect(second).toEqual(first);
  });

  test('fewer than two verdicts are no quorum', async ({ engine }) => {
    const refuses: RehearsalEntry = { error: 'refused' };
    const scripts = { checker_1: [approves], checker_2: [refuses], checker_3: [refuses] };

    const id = await engine.start(panel('crosscheck', {}, { artifact: 'This.' }, scripts));

    const closed = await engine.untilClosed(id);
    expect(closed).toMatchObject({ state: 'failed', error: { code: 'no_quorum' } });
  });
});

describe('first_agree pays for nothing but what was in flight', () => {
  const quick = { ...approves, choice: 'yes', tokens: { input: 10, output: 5 } };
  const slow = { ...quick, delayMs: 60_000 };
  const hasty = (slots: readonly string[], ready: readonly number[]): Scripts =>
    Object.fromEntries(slots.map((slot, i) => [slot, [ready.includes(i) ? quick : slow]]));

  test('in a crosscheck of ten', async ({ engine }) => {
    const slots = Array.from({ length: 10 }, (_, i) => `checker_${i + 1}`);
    const config = { numCheckers: 10, consensusMethod: 'first_agree' };

    await expectCheap(
      engine,
      panel('crosscheck', config, { artifact: 'This.' }, hasty(slots, [2, 7])),
      { answer: 'approve', seats: 10 },
    );
  });

  test('in a debate of twelve', async ({ engine }) => {
    const body = debate({
      question: 'Ship?',
      options: ['yes', 'no'],
      config: { consensusMethod: 'first_agree', maxRounds: 1 },
      debaters: Array.from({ length: 12 }, (_, i) => ({
        script: [i === 4 || i === 9 ? quick : slow],
      })),
    });

    await expectCheap(engine, body, { answer: 'yes', seats: 12 });
  });
});

/** Two have agreed; everybody else was broken off, in no call that had not begun by then, and costs nothing. */
async function expectCheap(
  engine: Engine,
  body: unknown,
  { answer, seats }: { answer: string; seats: number },
): Promise<void> {
  const begun = performance.now();
  const id = await engine.start(body);

  const closed = await engine.untilClosed(id);

  expect(performance.now() - begun).toBeLessThan(50_000);
  expect(closed.output).toMatchObject({ answer, method: 'first_agree', converged: true });
  expect(closed.output!.votes).toHaveLength(2);
  expect(closed.usage).toMatchObject({
    calls: 2,
    inputTokens: 20,
    outputTokens: 10,
    failedCalls: 0,
  });
  const calls = await engine.callsOf(id);
  const sequences = calls.map(({ key }) => key.split('/')[1]);
  expect(new Set(sequences).size).toBe(calls.length);
  expect(calls.length).toBeLessThanOrEqual(seats);
  expect(calls.filter(({ state }) => state === 'succeeded')).toHaveLength(2);
  for (const { state } of calls) expect(['succeeded', 'abandoned']).toContain(state);
}

interface ResponseBody {
  readonly slot: string;
  readonly verdict: string | null;
  readonly findings: readonly unknown[];
}

async function responsesOf(engine: Engine, id: string): Promise<readonly ResponseBody[]> {
  const { body } = await engine.http.get<{ items: ResponseBody[] }>(
    `/v1/executions/${id}/responses`,
  );
  return body.items;
}

/** Everything that each call was asked, in the order of the turns. */
async function promptsOf(engine: Engine, id: string): Promise<string[]> {
  const calls = await engine.callsOf(id);
  const inOrder = calls.toSorted((a, b) => a.sequence - b.sequence);
  return Promise.all(
    inOrder.map(async (call) => {
      const { body } = await engine.http.get(`/v1/executions/${id}/calls/${call.id}`);
      return JSON.stringify(body).replaceAll('\\n', '\n');
    }),
  );
}
