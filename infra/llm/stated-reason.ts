import type { ModelRequest } from '../../activities/ports/models.ts';

const MAX_LENGTH = 160;
/** More of a message is not even looked at. */
const MAX_READ = 2_000;
/** So many characters in common with the prompt count as a quotation. */
const QUOTED = 16;
/** Keys and tokens are long runs without spaces. */
const LOOKS_SECRET = /[A-Za-z0-9_*.-]{24,}|\b(?:sk|pk|key)-\S+|\bbearer\s+\S+/gi;

/**
 * A provider's own words about a failure, short enough and clean enough for messages, logs and history: one line
 * without anything that looks like a key. Null where they quote the prompt.
 */
export function statedReason(
  message: string,
  { request, apiKey }: { readonly request: ModelRequest; readonly apiKey: string | undefined },
): string | null {
  const line = oneLine(message.slice(0, MAX_READ).toWellFormed());
  const asked = [
    request.system,
    ...request.messages.map(({ text }) => text),
    JSON.stringify(request.schema?.json ?? ''),
    ...(request.tools ?? []).map(({ description }) => description),
  ];
  if (asked.some((text) => isQuotedIn(line, oneLine(text)))) return null;
  const withoutKey = apiKey ? line.replaceAll(apiKey, '…') : line;
  return withoutKey.replaceAll(LOOKS_SECRET, '…').slice(0, MAX_LENGTH) || null;
}

const oneLine = (text: string): string => text.replaceAll(/[\s\p{C}]+/gu, ' ').trim();

function isQuotedIn(line: string, text: string): boolean {
  if (text.length < QUOTED) return text !== '' && line.includes(text);
  for (let at = 0; at + QUOTED <= line.length; at++)
    if (text.includes(line.slice(at, at + QUOTED))) return true;
  return false;
}
