import type { LiveNote } from '../../workflows/contract/live.ts';

type Token = Extract<LiveNote, { kind: 'token' }>;

/** Even fully escaped, a piece of so many UTF-16 units fits one notification beside its names. */
const LONGEST_PIECE = 1_200;
/** What is kept, in UTF-16 units of text, while PostgreSQL is away. */
const MOST_TEXT = 1_000_000;
/** How many notes are kept of all kinds. */
const MOST_NOTES = 10_000;

/** Notes on their way, in order, bounded: when there are too many the oldest tokens go first, then the oldest of all. */
export class LiveQueue {
  #notes: LiveNote[] = [];
  /** Where the last piece of each stream stands, as long as nothing else was said of that turn. */
  readonly #last = new Map<string, number>();
  #text = 0;

  get isEmpty(): boolean {
    return this.#notes.length === 0;
  }

  add(note: LiveNote): void {
    if (note.kind === 'token') for (const piece of pieces(note)) this.#addToken(piece);
    else this.#addOther(note);
    if (this.#text > MOST_TEXT || this.#notes.length > MOST_NOTES) this.#shed();
  }

  /** Takes everything out. */
  take(): LiveNote[] {
    const notes = this.#notes;
    this.#notes = [];
    this.#last.clear();
    this.#text = 0;
    return notes;
  }

  #addToken(token: Token): void {
    this.#text += token.text.length;
    const place = this.#last.get(streamOf(token)) ?? -1;
    const last = this.#notes[place];
    if (last?.kind === 'token' && continues(last, token))
      this.#notes[place] = { ...last, text: last.text + token.text };
    else this.#last.set(streamOf(token), this.#notes.push(token) - 1);
  }

  #addOther(note: Exclude<LiveNote, Token>): void {
    this.#last.delete(streamOf(note));
    this.#notes.push(note);
  }

  /** Halves what is kept, so that a long outage does not pay for this with each note. */
  #shed(): void {
    let text = this.#text - MOST_TEXT / 2;
    let count = this.#notes.length - MOST_NOTES / 2;
    const kept = this.#notes.filter((note) => {
      if (note.kind !== 'token' || (text <= 0 && count <= 0)) return true;
      text -= note.text.length;
      count -= 1;
      return false;
    });
    this.#notes = kept.slice(-MOST_NOTES / 2);
    this.#last.clear();
    this.#text = this.#notes.reduce((sum, n) => sum + (n.kind === 'token' ? n.text.length : 0), 0);
  }
}

const streamOf = ({ executionId, sequence }: LiveNote): string => `${executionId}/${sequence}`;

const continues = (last: Token, next: Token): boolean =>
  last.index + last.text.length === next.index &&
  last.text.length + next.text.length <= LONGEST_PIECE;

/** Cuts a long text, never between the halves of a surrogate pair. */
function* pieces(token: Token): Generator<Token> {
  const { text } = token;
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + LONGEST_PIECE, text.length);
    const isPairCut = end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
    if (isPairCut) end -= 1;
    yield { ...token, index: token.index + at, text: text.slice(at, end) };
    at = end;
  }
}
