type Output = Readonly<Record<string, unknown>> | null | undefined;

const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/** The number that an output is: its `value`, else an answer that is a plain decimal; null: none. */
export function numberOf(output: Output): number | null {
  const { value, answer } = output ?? {};
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return typeof answer === 'string' && DECIMAL.test(answer.trim()) ? Number(answer) : null;
}

/** How sure an output is, 0 to 1: its confidence, else the agreement behind it; null: it does not say. */
export function confidenceOf(output: Output): number | null {
  const { confidence, agreement } = output ?? {};
  const said = [confidence, agreement].find((each): each is number => typeof each === 'number');
  return said === undefined ? null : Math.min(1, Math.max(0, said));
}
