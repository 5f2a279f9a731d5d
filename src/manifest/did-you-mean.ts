import { distance } from 'fastest-levenshtein';

/** ` (did you mean "command"?)` when a known word is similar; else an empty string. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : ` (did you mean "${meant}"?)`;
}

/** The known word with the smallest edit distance. Undefined: none is similar. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const lower = word.toLowerCase();
  const [best] = known
    .map((each) => ({ each, far: distance(lower, each.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(1, Math.floor(best.each.length / 3)) ? best.each : undefined;
}

/** Longer than any field of Kubernetes: longer words are not compared. */
const MAX_LENGTH = 80;
