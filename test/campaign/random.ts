/** mulberry32: the same sequence for the same seed on every machine, so a failure can be repeated. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many of them, in their order. */
export function sample<T>(all: readonly T[], size: number, random: () => number): T[] {
  const ranked = all.map((one) => ({ one, rank: random() })).sort((a, b) => a.rank - b.rank);
  const chosen = new Set(ranked.slice(0, size).map(({ one }) => one));
  return all.filter((one) => chosen.has(one));
}
