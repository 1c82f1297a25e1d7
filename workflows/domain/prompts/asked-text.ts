/** What an agent asked a person in a turn, and the answer; null: nobody would answer. */
export interface AskedPerson {
  readonly question: string;
  readonly options: readonly string[] | null;
  readonly answer: string | null;
}

const NO_ANSWER = 'Nobody would answer that. Go on without it.';

/** What came of an agent's questions, as its next call reads it; empty where it has asked none. */
export const askedText = (asked: readonly AskedPerson[] = []): string =>
  asked
    .map(({ question, options, answer }) =>
      [
        `You asked a person: ${question}`,
        options && `To choose from: ${options.join('; ')}`,
        `Answer: ${answer ?? NO_ANSWER}`,
      ]
        .filter(Boolean)
        .join('\n'),
    )
    .join('\n\n');
