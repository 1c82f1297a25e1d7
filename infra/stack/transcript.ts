/** A turn that has begun, or what became of it. */
export interface SpokenTurn {
  readonly sequence: number;
  readonly slot: string;
  readonly round: number;
  readonly state: string;
}

/** A piece of a message that is being spoken. `index`: characters before it. */
export interface SpokenToken {
  readonly sequence: number;
  readonly index: number;
  readonly text: string;
}

/** A finished message. */
export interface SpokenMessage {
  readonly sequence: number;
  readonly round: number;
  readonly sender: { readonly slot: string | null };
  readonly content: { readonly text: string };
}

interface Speech {
  slot: string | null;
  round: number;
  text: string;
  isOver: boolean;
}

/**
 * Prints a debate for people, as it is spoken. Several agents speak at once and a terminal has one line: the first in
 * order is shown live, the others are held back until it is their turn.
 */
export class Transcript {
  readonly #write: (text: string) => void;
  readonly #names: ReadonlyMap<string, string>;
  readonly #speeches = new Map<number, Speech>();
  readonly #told = new Set<number>();
  /** The one who has the word. */
  #speaking: number | undefined;
  #shown = '';
  #round = 0;
  #isOver = false;

  /** `names`: who sits in which seat. */
  constructor(write: (text: string) => void, names: ReadonlyMap<string, string>) {
    this.#write = write;
    this.#names = names;
  }

  turn({ sequence, slot, round, state }: SpokenTurn): void {
    this.#update(sequence, { slot, round, ...(state === 'failed' && { isOver: true }) });
  }

  token({ sequence, index, text }: SpokenToken): void {
    const before = this.#speeches.get(sequence)?.text ?? '';
    // A gap means that pieces were missed: the finished message fills it.
    if (before.length >= index) this.#update(sequence, { text: before.slice(0, index) + text });
  }

  /** Another attempt speaks from the beginning. */
  reset(sequence: number): void {
    this.#update(sequence, { text: '' });
  }

  message({ sequence, round, sender, content }: SpokenMessage): void {
    this.#update(sequence, { round, slot: sender.slot, text: content.text, isOver: true });
  }

  /** Shows whatever was held back. */
  end(): void {
    this.#isOver = true;
    for (const speech of this.#speeches.values()) speech.isOver = true;
    this.#show();
  }

  #update(sequence: number, change: Partial<Speech>): void {
    if (this.#told.has(sequence)) return;
    const known = this.#speeches.get(sequence);
    if (known?.isOver) return;
    const speech = known ?? { slot: null, round: this.#round, text: '', isOver: false };
    this.#speeches.set(sequence, Object.assign(speech, change));
    this.#show();
  }

  #show(): void {
    while (this.#speeches.size > 0) {
      const sequence = this.#speaking ?? Math.min(...this.#speeches.keys());
      const speech = this.#speeches.get(sequence);
      if (speech === undefined || !(sequence === this.#speaking || this.#isNext(sequence, speech)))
        return;
      this.#speak(speech);
      if (this.#shown !== '') this.#speaking = sequence;
      if (!speech.isOver) return;
      if (this.#shown !== '') this.#write('\n');
      this.#shown = '';
      this.#speaking = undefined;
      this.#told.add(sequence);
      this.#speeches.delete(sequence);
    }
  }

  /** Those before it have been told; one of whom nothing is heard is not waited for beyond the round. */
  #isNext(sequence: number, { round }: Speech): boolean {
    const isExpected = sequence === 1 || this.#told.has(sequence - 1);
    return (
      isExpected || this.#isOver || [...this.#speeches.values()].some((each) => each.round > round)
    );
  }

  #speak({ slot, round, text }: Speech): void {
    // An attempt that began anew may say something else than what is on the screen.
    if (!text.startsWith(this.#shown)) {
      if (this.#shown.startsWith(text)) return;
      this.#write(' …\n');
      this.#shown = '';
    }
    if (text === this.#shown) return;
    if (this.#shown === '') this.#introduce(slot, round);
    this.#write(text.slice(this.#shown.length));
    this.#shown = text;
  }

  #introduce(slot: string | null, round: number): void {
    if (round !== this.#round) this.#write(`\n── round ${round} ──\n`);
    this.#round = round;
    const name = slot === null ? 'Someone' : (this.#names.get(slot) ?? slot);
    this.#write(`\n${name}: `);
  }
}
