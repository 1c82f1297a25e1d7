type Json = Readonly<Record<string, unknown>>;

/** Keywords that some providers refuse in a response format; we check the answer against them ourselves. */
const NOT_SENT: ReadonlySet<string> = new Set([
  '$schema',
  'default',
  'maxItems',
  'minLength',
  'maxLength',
]);

/** The schema as it is sent to a provider. */
export const schemaToSend = (schema: Json): Json =>
  Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !NOT_SENT.has(key))
      .map(([key, value]) => [
        key,
        key === 'properties' && isObject(value) ? mapValues(value, toSend) : toSend(value),
      ]),
  );

/**
 * True when a schema may be sent as `strict`: every object names all its properties as required and allows no others.
 * A provider refuses a strict request for any other schema.
 */
export function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (!isObject(schema)) return true;
  const { properties, required, additionalProperties } = schema;
  if (isObject(properties)) {
    const names = Array.isArray(required) ? required : [];
    const isClosed =
      additionalProperties === false &&
      Object.keys(properties).every((name) => names.includes(name));
    if (!isClosed) return false;
  }
  return Object.values(schema).every(isStrict);
}

/** Asks for the answer's form in words, for models without response formats. */
export const schemaInWords = (schema: Json): string =>
  `Answer with one JSON object and nothing else: no code fence, no words before or after it. It must be valid for this JSON Schema:\n${JSON.stringify(schemaToSend(schema))}`;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function toSend(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSend);
  return isObject(value) ? schemaToSend(value) : value;
}

const mapValues = (object: Json, map: (value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
