const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Reads a JSON object while it is being written, in pieces of any size, and passes on the string in its field `text` as
 * it grows, so that a person reads a structured answer while the model still writes it.
 */
export function makeTextFieldReader(onText: (text: string) => void): (piece: string) => void {
  let depth = 0;
  let awaitsKey = false;
  let key = '';
  /** What the string being read is: a key of the object, the field itself, or anything else. */
  let reading: 'key' | 'field' | 'other' | null = null;
  let escape = '';
  let text = '';

  const say = (chars: string): void => {
    if (reading === 'key') key += chars;
    else if (reading === 'field') text += chars;
  };

  const inString = (char: string): void => {
    if (escape !== '') {
      escape += char;
      const decoded = decodeEscape(escape);
      if (decoded === null) return;
      escape = '';
      say(decoded);
    } else if (char === '\\') escape = char;
    else if (char === '"') reading = null;
    else say(char);
  };

  const betweenStrings = (char: string): void => {
    if (char === '"' && depth > 0) {
      reading = depth !== 1 ? 'other' : awaitsKey ? 'key' : key === 'text' ? 'field' : 'other';
      if (reading === 'key') key = '';
    } else if (char === '{' || char === '[') {
      depth++;
      awaitsKey = depth === 1;
    } else if (char === '}' || char === ']') depth--;
    else if (char === ':') awaitsKey = false;
    else if (char === ',') awaitsKey = depth === 1;
  };

  return (piece) => {
    for (const char of piece.split('')) {
      if (reading === null) betweenStrings(char);
      else inString(char);
    }
    text = text.replaceAll('\u0000', '');
    const held = reading === 'field' && endsInHighSurrogate(text) ? text.slice(-1) : '';
    const ready = text.slice(0, text.length - held.length);
    text = held;
    if (ready !== '') onText(ready.toWellFormed());
  };
}

/** The character that an escape stands for; null while it is not complete. */
function decodeEscape(escape: string): string | null {
  const kind = escape[1]!;
  if (kind !== 'u') return ESCAPES[kind] ?? kind;
  return escape.length < 6 ? null : String.fromCharCode(Number.parseInt(escape.slice(2), 16));
}

/** Half of a pair: the other half is in the next piece. */
const endsInHighSurrogate = (text: string): boolean => /[\ud800-\udbff]$/.test(text);
