/** One line of the table: what was measured of the engine and of the bare workflow, and how far apart they may be. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** The medians of all rounds. */
  readonly engine: number;
  readonly bare: number | null;
  /** What is held against the target: engine through bare, or the engine's own figure. */
  readonly value: number;
  /** Null: for information. */
  readonly target: { readonly atMost: number } | { readonly atLeast: number } | null;
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A figure whose value is the median of the rounds' own ratios: both sides of a round had the same machine. */
export function ratio(
  what: string,
  unit: string,
  rounds: readonly { readonly engine: number; readonly bare: number }[],
  target: Figure['target'],
): Figure {
  return {
    what,
    unit,
    engine: median(rounds.map(({ engine }) => engine)),
    bare: median(rounds.map(({ bare }) => bare)),
    value: median(rounds.map(({ engine, bare }) => engine / bare)),
    target,
  };
}

/** A table in Markdown. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, unit, engine, bare, value, target } = figure;
    const digits = unit === '×' ? 2 : 1;
    // Where the engine's own figure is held against the target there is nothing to divide.
    const shown = value === engine ? '' : value.toFixed(2);
    return [
      what,
      `${engine.toFixed(digits)} ${unit}`,
      bare === null ? '' : `${bare.toFixed(digits)} ${unit}`,
      shown,
      targetOf(target),
      verdictOf(figure),
    ];
  });
  const head = ['', 'engine', 'bare', 'ratio', 'target', ''];
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function verdictOf({ value, target }: Figure): string {
  if (target === null) return '';
  const isMet = 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
  return isMet ? 'met' : 'missed';
}

function targetOf(target: Figure['target']): string {
  if (target === null) return '';
  return 'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
}
