/** One number says what happens when; the same number repeats a failure. */
export const SEED = Number(process.env['CONCLAVE_FAULTS_SEED'] ?? Date.now() % 1_000_000);

/** 1 is the short form that every run of the tests includes; 2 is exhaustive, 3 also long. */
export const TIER = Number(process.env['CONCLAVE_FAULTS_TIER'] ?? 1);

/** A small generator of numbers from 0 to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
