import type { ResolvedModel } from '../contract/definition.ts';

/** What a model costs, in US dollars per million tokens, as decimal strings; null: not known. */
export type Prices = Pick<
  ResolvedModel,
  'inputUsdPerMtok' | 'outputUsdPerMtok' | 'cachedUsdPerMtok'
>;

/** Tokens of one call. `cached` is a part of `input`; reasoning is a part of `output`. */
interface BilledTokens {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

const MICRO_DIGITS = 6;
const PER_MTOK = 1_000_000n;
const DECIMAL = /^(?<whole>\d{1,14})(?:\.(?<fraction>\d{1,6}))?$/;

/** True when a call's cost can be worked out. Under a ceiling in dollars, a model without prices is refused, not guessed. */
export const isPriced = (prices: Prices): boolean =>
  prices.inputUsdPerMtok !== null && prices.outputUsdPerMtok !== null;

/**
 * What a call cost, in US dollars with six places, exact but for rounding to the nearest at the end. Cached input
 * without a price of its own counts as input; tokens without any price cost nothing.
 */
export function callCostUsd(prices: Prices, tokens: BilledTokens): string {
  const cached = Math.min(tokens.cached, tokens.input);
  return fromMicros(
    roundedDiv(
      BigInt(tokens.input - cached) * micros(prices.inputUsdPerMtok) +
        BigInt(cached) * micros(prices.cachedUsdPerMtok ?? prices.inputUsdPerMtok) +
        BigInt(tokens.output) * micros(prices.outputUsdPerMtok),
      PER_MTOK,
    ),
  );
}

/** The most that a call of at most `input` and `output` tokens can cost: what is reserved before it. Never below `callCostUsd`. */
export function worstCaseUsd(
  prices: Prices,
  { input, output }: { readonly input: number; readonly output: number },
): string {
  const plain = callCostUsd(prices, { input, cached: 0, output });
  const allCached = callCostUsd(prices, { input, cached: input, output });
  return micros(plain) < micros(allCached) ? allCached : plain;
}

/** A decimal string in millionths; null counts as nothing. */
function micros(decimal: string | null): bigint {
  if (decimal === null) return 0n;
  const parts = DECIMAL.exec(decimal)?.groups;
  if (!parts) throw new RangeError(`not an amount with at most six places: ${decimal}`);
  return BigInt(parts['whole']! + (parts['fraction'] ?? '').padEnd(MICRO_DIGITS, '0'));
}

const roundedDiv = (dividend: bigint, divisor: bigint): bigint =>
  (dividend + divisor / 2n) / divisor;

function fromMicros(amount: bigint): string {
  const digits = amount.toString().padStart(MICRO_DIGITS + 1, '0');
  return `${digits.slice(0, -MICRO_DIGITS)}.${digits.slice(-MICRO_DIGITS)}`;
}
