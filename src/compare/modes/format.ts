import { ALL_KINDS, type Kind } from '../../ns/kinds.ts';
import { plain } from '../../render/plain.ts';
import { table } from '../../render/table.ts';
import { wrapped } from '../../render/wrap.ts';
import type { Sharing } from './sharing.ts';
import type { ModeVerdict } from './verdicts.ts';

/** Two lines a mode, a column a kind. */
export function modesAsText(version: string, modes: readonly ModeVerdict[], columns: number): string {
  const rows = modes.flatMap(({ words, theirs, ours, verdict }) => [
    [
      words.join(' ') || '(nothing said)',
      version,
      ...('refused' in theirs ? BLANK : letters(theirs.sharing)),
      '',
    ],
    ['', 'ours', ...(ours ? letters(ours) : BLANK), verdict ?? ''],
  ]);
  const head = ['MODE', 'SIDE', ...ALL_KINDS.map((kind) => kind.toUpperCase()), 'VERDICT'];
  const notes = [
    LEGEND,
    ...new Set(
      modes.flatMap(({ differences }) =>
        differences.map(({ kind, why }) => `${kind}: ${why ?? 'nobody knows why'}`),
      ),
    ),
    ...modes.flatMap(({ words, theirs }) =>
      'refused' in theirs ? `${words.join(' ')}: ${theirs.refused}` : [],
    ),
  ];
  return `${table(head, rows)}\n\n${notes.map((note) => wrapped(plain(note), columns)).join('\n')}\n`;
}

/** For a page. */
export function modesAsMarkdown(version: string, modes: readonly ModeVerdict[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |\n`;
  const rows = modes.flatMap(({ words, theirs, ours, verdict }) => [
    [`\`${words.join(' ')}\``, version, ...('refused' in theirs ? BLANK : letters(theirs.sharing)), ''],
    ['', 'ours', ...(ours ? letters(ours) : BLANK), verdict ?? ''],
  ]);
  const head = ['mode', 'side', ...ALL_KINDS, 'verdict'];
  return `${[head, head.map(() => '---'), ...rows].map(line).join('')}\n${LEGEND}\n`;
}

const LETTERS = { joined: 'J', own: 'O', 'own, a copy': 'Oc', host: 'H' };
const LEGEND = 'J joins that of X, O has its own (Oc: with a copy of X’s name), H has this host’s';
const BLANK = ALL_KINDS.map(() => '–');

function letters(sharing: Sharing): string[] {
  return ALL_KINDS.map((kind: Kind) => LETTERS[sharing[kind] ?? 'own']);
}
