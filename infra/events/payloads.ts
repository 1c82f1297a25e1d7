/** What one notification may hold: PostgreSQL refuses 8,000 bytes and more. */
const MOST_BYTES = 7_900;

/** Packs values, in order, into JSON arrays that each fit one notification. A single value must be smaller than that. */
export function packPayloads(values: readonly unknown[]): string[] {
  const payloads: string[] = [];
  let parts: string[] = [];
  let bytes = 2;
  for (const value of values) {
    const json = JSON.stringify(value);
    const size = Buffer.byteLength(json) + 1;
    if (bytes + size > MOST_BYTES && parts.length > 0) {
      payloads.push(`[${parts.join()}]`);
      parts = [];
      bytes = 2;
    }
    parts.push(json);
    bytes += size;
  }
  if (parts.length > 0) payloads.push(`[${parts.join()}]`);
  return payloads;
}
