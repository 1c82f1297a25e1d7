/** Bytes of UTF-8 that an answer may have; the rest is cut off. */
export const MAX_TEXT_BYTES = 1_000_000;
/** How deep objects and arrays of a structured answer may be nested. */
const MAX_DEPTH = 64;

/** Text of a model as it may be stored and shown: no `\u0000` (PostgreSQL has no place for it), no lone surrogates, bounded. */
export const cleanText = (text: string): string => bounded(storable(text), MAX_TEXT_BYTES);

const storable = (text: string): string => text.replaceAll('\u0000', '').toWellFormed();

function bounded(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(maxBytes)).read);
}

/**
 * The object in a model's text: the text itself, or what stands between its first `{` and last `}`, because some models
 * put code fences or a sentence around it. Its strings are cleaned. Null where there is none, or it is nested too deeply.
 */
export function readStructured(text: string): unknown {
  const object = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  if (object === '' || isTooDeep(object)) return null;
  try {
    return storableValue(JSON.parse(object));
  } catch {
    return null;
  }
}

/** Looked at before parsing, so that no hostile nesting ever becomes a value. */
function isTooDeep(json: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [storable(key), storableValue(member)]),
  );
}
