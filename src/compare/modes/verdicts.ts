import { ALL_KINDS, type Kind } from '../../ns/kinds.ts';
import { findKnownDifference, type Verdict } from '../verdict.ts';
import type { ModeResult } from './measure-theirs.ts';
import { MODES } from './mode-table.ts';
import type { Sharing } from './sharing.ts';

/** One mode on both sides. */
export interface ModeVerdict {
  readonly words: readonly string[];
  readonly theirs: ModeResult;
  /** Null: nslab has no such mode. */
  readonly ours: Sharing | null;
  /** Null: there is nothing to compare. */
  readonly verdict: Verdict | null;
  /** The kinds that differ, and the known reason or null. */
  readonly differences: readonly { readonly kind: Kind; readonly why: string | null }[];
}

/** Compares the modes of both sides. */
export function modeVerdicts(
  theirs: readonly ModeResult[],
  ours: readonly (Sharing | undefined)[],
): ModeVerdict[] {
  return MODES.map(({ words }, index) => {
    const [left, right] = [theirs[index] ?? { refused: 'not tried' }, ours[index] ?? null];
    if (right === null || 'refused' in left)
      return { words, theirs: left, ours: right, verdict: null, differences: [] };
    const differences = ALL_KINDS.flatMap((kind) => {
      const [a = 'own', b = 'own'] = [left.sharing[kind], right[kind]];
      return a === b ? [] : [{ kind, why: findKnownDifference(kind, a, b)?.why ?? null }];
    });
    return { words, theirs: left, ours: right, verdict: verdictOf(differences), differences };
  });
}

function verdictOf(differences: ModeVerdict['differences']): Verdict {
  if (differences.length === 0) return 'same';
  return differences.every(({ why }) => why !== null) ? 'on purpose' : 'different';
}
