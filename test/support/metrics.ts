/** What a page of metrics says: types by name, values by name and labels, these in the order of the alphabet. */
export interface MetricsPage {
  readonly types: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"`;
const HEADER = new RegExp(
  `^# (?:HELP (${NAME}) .+|TYPE (${NAME}) (counter|gauge|histogram|summary|untyped))$`,
);
const SAMPLE = new RegExp(
  `^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (-?[\\d.]+(?:e[+-]?\\d+)?|NaN|[+-]Inf)$`,
  'i', // as Go reads a number: prom-client writes `Nan`
);

/** Reads Prometheus' text format strictly: throws at the first line that is not of it, and at a sample that is there twice. */
export function parseMetrics(text: string): MetricsPage {
  const types = new Map<string, string>();
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const header = HEADER.exec(line);
    if (header) {
      const [, , name, type] = header;
      if (name !== undefined && types.has(name)) throw new Error(`${name} is there twice`);
      if (name !== undefined && type !== undefined) types.set(name, type);
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (!sample) throw new Error(`not a line of metrics: ${line}`);
    const [, name = '', written = '', value] = sample;
    const labels = sorted(written);
    const family = name.replace(/_(bucket|sum|count)$/, '');
    if (!types.has(name) && !types.has(family)) throw new Error(`${name} has no type before it`);
    if (values.has(name + labels)) throw new Error(`${name}${labels} is there twice`);
    values.set(name + labels, Number(value));
  }
  return { types, values };
}

function sorted(labels: string): string {
  const pairs = labels.match(new RegExp(LABEL, 'g')) ?? [];
  return pairs.length === 0 ? '' : `{${pairs.toSorted((a, b) => (a < b ? -1 : 1)).join(',')}}`;
}
