import { expect, test } from 'vitest';
import { renderFamilies } from '../../../infra/telemetry/exposition.ts';
import { parseMetrics } from '../../support/metrics.ts';

const family = (samples: Parameters<typeof renderFamilies>[0][number]['samples']) => ({
  name: 'things_total',
  type: 'counter' as const,
  help: 'Things.',
  samples,
});

test('a family is its help, its type and its numbers', () => {
  const text = renderFamilies([
    family([
      { labels: { kind: 'a', place: 'b' }, value: 3 },
      { labels: {}, value: 0.25 },
    ]),
  ]);

  expect(text).toBe(
    '# HELP things_total Things.\n# TYPE things_total counter\nthings_total{kind="a",place="b"} 3\nthings_total 0.25\n',
  );
});

test('a family without numbers is left out', () => {
  expect(renderFamilies([family([])])).toBe('');
});

test('labels may hold any text', () => {
  const text = renderFamilies([family([{ labels: { kind: 'say "no\\yes"\n' }, value: 1 }])]);

  expect(text).toContain(String.raw`things_total{kind="say \"no\\yes\"\n"} 1`);
  expect(parseMetrics(text).values.size).toBe(1);
});
