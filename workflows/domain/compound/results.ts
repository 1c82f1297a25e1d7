import type { Standing } from '../outputs/ballot.ts';

type Output = Readonly<Record<string, unknown>> | null | undefined;

const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/** The number that an output is: its `value`, else an answer that is a plain decimal; null: none. */
export function numberOf(output: Output): number | null {
  const { value, answer } = output ?? {};
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return typeof answer === 'string' && DECIMAL.test(answer.trim()) ? Number(answer) : null;
}

/** How sure an output is, 0 to 1: its confidence, else the share of the votes that its answer has; null: it does not say. */
export function confidenceOf(output: Output): number | null {
  const { confidence } = output ?? {};
  return typeof confidence === 'number' ? Math.min(1, Math.max(0, confidence)) : supportOf(output);
}

/** What of a debate's, a crosscheck's or an ensemble's output tells how much stands behind its answer. */
interface Elected {
  readonly answer?: unknown;
  readonly method?: unknown;
  /** An ensemble has none: there its method says whether votes decided. */
  readonly decidedBy?: unknown;
  readonly standings?: readonly Standing[];
}

/** The share of the votes, or of the weight under `weighted`; null where votes did not decide. */
function supportOf(output: Output): number | null {
  const { answer, method, decidedBy, standings = [] }: Elected = output ?? {};
  const isByVotes =
    decidedBy === undefined ? method === 'vote' || method === 'weighted' : decidedBy !== 'mediator';
  const own = standings.find(({ choice }) => choice === answer);
  if (!isByVotes || !own) return null;
  const sizeOf = ({ votes, weight }: Standing): number => (method === 'weighted' ? weight : votes);
  const all = standings.reduce((sum, standing) => sum + sizeOf(standing), 0);
  return all === 0 ? null : sizeOf(own) / all;
}
