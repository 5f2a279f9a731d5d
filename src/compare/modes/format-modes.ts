import { ALL_KINDS, type Kind } from '../../ns/kinds.ts';
import { plain } from '../../render/plain.ts';
import { table } from '../../render/table.ts';
import { wrapped } from '../../render/wrap.ts';
import type { Sharing } from './sharing.ts';
import type { ModeVerdict } from './verdicts.ts';

/** Two lines per mode, one column per kind. */
export function modesAsText(version: string, modes: readonly ModeVerdict[], columns: number): string {
  const rows = modes.flatMap(({ words, theirs, ours, verdict }) => [
    [
      words.join(' ') || '(no option)',
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
        differences.map(({ kind, why }) => `${kind}: ${why ?? 'no known reason'}`),
      ),
    ),
    ...modes.flatMap(({ words, theirs }) =>
      'refused' in theirs ? `${words.join(' ')}: ${theirs.refused}` : [],
    ),
  ];
  return `${table(head, rows)}\n\n${notes.map((note) => wrapped(plain(note), columns)).join('\n')}\n`;
}

/** The same as a Markdown table. */
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
const LEGEND = 'J: joins X’s; O: its own (Oc: its own, with a copy of X’s host name); H: this host’s';
const BLANK = ALL_KINDS.map(() => '–');

function letters(sharing: Sharing): string[] {
  return ALL_KINDS.map((kind: Kind) => LETTERS[sharing[kind] ?? 'own']);
}
