import { ALL_KINDS, type Kind } from '../../ns/kinds.ts';
import { reasonFor, type Verdict } from '../verdict.ts';
import type { Sharing } from './sharing.ts';
import { MODES } from './table.ts';
import type { Found } from './theirs.ts';

/** One mode on both sides. */
export interface ModeVerdict {
  readonly words: readonly string[];
  readonly theirs: Found;
  /** Null: we have no such word. */
  readonly ours: Sharing | null;
  /** Null: there is nothing to be held against it. */
  readonly verdict: Verdict | null;
  /** The kinds that differ, and why they do, where that is known. */
  readonly differences: readonly { readonly kind: Kind; readonly why: string | null }[];
}

/** Holds what an engine did in each mode against what we did. */
export function modeVerdicts(
  theirs: readonly Found[],
  ours: readonly (Sharing | undefined)[],
): ModeVerdict[] {
  return MODES.map(({ words }, at) => {
    const [left, right] = [theirs[at] ?? { refused: 'not tried' }, ours[at] ?? null];
    if (right === null || 'refused' in left)
      return { words, theirs: left, ours: right, verdict: null, differences: [] };
    const differences = ALL_KINDS.flatMap((kind) => {
      const [a = 'own', b = 'own'] = [left.sharing[kind], right[kind]];
      return a === b ? [] : [{ kind, why: reasonFor(kind, a, b)?.why ?? null }];
    });
    return { words, theirs: left, ours: right, verdict: verdictOf(differences), differences };
  });
}

function verdictOf(differences: ModeVerdict['differences']): Verdict {
  if (differences.length === 0) return 'same';
  return differences.every(({ why }) => why !== null) ? 'on purpose' : 'different';
}
