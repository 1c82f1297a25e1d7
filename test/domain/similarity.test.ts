import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { meanSimilarities, wordGrams } from '../../workflows/domain/similarity.ts';

const text = fc
  .array(fc.constantFrom('ship', 'it', 'on', 'monday', 'never', 'today'), { maxLength: 12 })
  .map((words) => words.join(' '));
const texts = fc.array(text, { minLength: 1, maxLength: 8 });

function jaccard(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const either = new Set([...one, ...other]).size;
  return either === 0 ? 1 : [...one].filter((gram) => other.has(gram)).length / either;
}

test('the grams of a text are its runs of three words; of a short one all its words', () => {
  expect([...wordGrams('One, two -- THREE four!')]).toEqual(['one two three', 'two three four']);
  expect([...wordGrams('Yes.')]).toEqual(['yes']);
  expect([...wordGrams('… !')]).toEqual([]);
});

test('worked out by hand: one gram of three in common', () => {
  // a b c, b c d | b c d, c d e: one in both, three in either.
  const similarities = meanSimilarities(['a b c d', 'b c d e', 'x y z']);

  expect(similarities).toEqual([1 / 3 / 2, 1 / 3 / 2, 0]);
});

test('is what two loops over all pairs find', () => {
  fc.assert(
    fc.property(texts, (all) => {
      const sets = all.map(wordGrams);
      for (const [i, similarity] of meanSimilarities(all).entries()) {
        const others = sets.filter((_, j) => j !== i).map((other) => jaccard(sets[i]!, other));
        const mean = others.length === 0 ? 0 : others.reduce((a, b) => a + b, 0) / others.length;
        expect(similarity).toBeCloseTo(mean, 12);
      }
    }),
  );
});

test('is between 0 and 1; 1 where all say the same, whatever the case', () => {
  fc.assert(
    fc.property(texts, text, (all, same) => {
      for (const similarity of meanSimilarities(all)) {
        expect(similarity).toBeGreaterThanOrEqual(0);
        expect(similarity).toBeLessThanOrEqual(1);
      }
      expect(meanSimilarities([same, same.toUpperCase(), `${same}!`])).toEqual([1, 1, 1]);
    }),
  );
});
