import type { MikroORM } from '@mikro-orm/postgresql';
import type { Family, Sample } from './exposition.ts';

/** Counters that the database adds up (the function `metrics_read`), by name, with what they count. */
const COUNTERS = {
  conclave_turns_total: 'Turns taken, by outcome: spoken, or why nothing was said.',
  conclave_calls_total: 'Model calls that ended, by state.',
  conclave_call_repeats_total:
    'Calls made once more because the outcome of an earlier one was lost with its process.',
  conclave_tokens_total: 'Tokens that providers counted, by direction.',
  conclave_cost_usd_total: 'Cost of model calls in US dollars.',
  conclave_execution_states_total:
    'Executions that entered a state: queued are those accepted, the closed ones those ended.',
} as const;

const DURATION = 'conclave_call_duration_seconds';
/** As in the function `metrics_between`. */
const DURATION_BOUNDS = [
  '0.1',
  '0.25',
  '0.5',
  '1',
  '2.5',
  '5',
  '10',
  '30',
  '60',
  '120',
  '300',
  '+Inf',
];

interface Row {
  readonly name: string;
  readonly labels: string;
  readonly value: string;
}

/** The counters that outlive every process, read from the database. */
export async function readCounters({ em }: Pick<MikroORM, 'em'>): Promise<readonly Family[]> {
  const rows = await em.fork().execute<Row[]>('select * from conclave.metrics_read()');
  const samples = Map.groupBy(rows, ({ name }) => name);
  const samplesOf = (name: string): readonly Sample[] => (samples.get(name) ?? []).map(sampleOf);
  const counters = Object.entries(COUNTERS).map(([name, help]) => ({
    name,
    help,
    type: 'counter' as const,
    samples: samplesOf(name),
  }));
  const duration = {
    name: DURATION,
    type: 'histogram' as const,
    help: 'From the request to the end of the answer.',
    samples: histogramOf(samplesOf(`${DURATION}_bucket`), samplesOf(`${DURATION}_sum`)),
  };
  return [...counters, duration];
}

const sampleOf = ({ labels, value }: Row): Sample => ({
  labels: JSON.parse(labels) as Sample['labels'],
  value: Number(value),
});

/** The database counts what falls between two bounds; Prometheus wants all that is below each. */
function histogramOf(between: readonly Sample[], sums: readonly Sample[]): readonly Sample[] {
  return sums.flatMap(({ labels, value: sum }) => {
    const own = between.filter((bucket) => bucket.labels['provider'] === labels['provider']);
    let count = 0;
    const buckets = DURATION_BOUNDS.map((le) => {
      count += own.find((bucket) => bucket.labels['le'] === le)?.value ?? 0;
      return { suffix: '_bucket', labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { suffix: '_sum', labels, value: sum },
      { suffix: '_count', labels, value: count },
    ];
  });
}
