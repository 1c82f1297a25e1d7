/** Bytes of `text` in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/**
 * Tokens that `text` takes at most in practice: one for three bytes of UTF-8 (English runs at four or more). An
 * estimate for reservations and for what fits a model; what was really used comes from the provider.
 */
export const estimateTokens = (text: string): number => Math.ceil(utf8Length(text) / 3);

/** Beside its text: name, seat, round, choice. */
const MESSAGE_OVERHEAD = 24;

/** Tokens that a message costs those who hear it. */
export const messageTokens = (text: string): number => estimateTokens(text) + MESSAGE_OVERHEAD;
