/** A command that a document shows after a prompt, with the output that it shows below. */
export interface Shown {
  readonly line: number;
  readonly command: string;
  readonly output: readonly string[];
}

/** The commands in the `console` blocks of a Markdown document, block by block. */
export function consoleBlocks(markdown: string): Shown[][] {
  const blocks: Shown[][] = [];
  let inside: { line: number; command: string; output: string[] }[] | undefined;
  for (const [at, text] of markdown.split('\n').entries()) {
    if (text === '```console') {
      inside = [];
      blocks.push(inside);
    } else if (text === '```') inside = undefined;
    else if (text.startsWith('$ ')) inside?.push({ line: at + 1, command: text.slice(2), output: [] });
    else inside?.at(-1)?.output.push(text);
  }
  return blocks;
}

/**
 * Where the output that is shown differs from the output that was printed; undefined when it does not. `…` alone in a line stands
 * for any number of lines, at the end of a line for the rest of it. Of what varies from run to run only the kind is
 * compared, and of inodes, interfaces and pids also the identity: equal ones must be equal, different ones different.
 * `known` is carried from command to command of a block.
 */
export function firstDifference(
  shown: readonly string[],
  printed: readonly string[],
  known: Known = new Map(),
): string | undefined {
  let at = 0;
  let anywhere = false;
  for (const line of shown) {
    if (line.trim() === ELLIPSIS) {
      anywhere = true;
      continue;
    }
    const last = anywhere ? printed.length : Math.min(at + 1, printed.length);
    while (at < last && !sameLine(line, printed[at] ?? '', known)) at++;
    if (at === last) return `not printed here: ${line}`;
    at++;
    anywhere = false;
  }
  return anywhere || at === printed.length ? undefined : `printed, and not shown: ${printed[at]}`;
}

/** What a name in the document is called in this run, both ways. */
export type Known = Map<string, string>;

const ELLIPSIS = '…';

/** What varies: by identity, or (`free`) by kind alone. */
const VARYING: readonly { readonly pattern: string; readonly free?: true }[] = [
  { pattern: String.raw`\b402\d{7}\b` }, // an inode of a namespace
  { pattern: String.raw`\b(?:nsv|nsbr|nslab_)[a-z0-9]{5,}\b` }, // an interface, a table
  { pattern: String.raw`(?<=^|\s|\/proc\/)\d{2,}(?=\s|\/|$)` }, // a pid
  { pattern: String.raw`(?<=\()\d+(?=, )`, free: true }, // a descriptor
  { pattern: String.raw`\+\d+\.\d{3}\b`, free: true }, // milliseconds since the beginning
  { pattern: String.raw`<\d+(?:\.\d+)? (?:µs|ms|s)>`, free: true }, // what a call took
  { pattern: String.raw`(?<=\s)\d+[smh](?=\s|$)`, free: true }, // an age
];
const ANY_OF_THEM = new RegExp(VARYING.map(({ pattern }) => `(${pattern})`).join('|'), 'g');

function sameLine(shown: string, printed: string, known: Known): boolean {
  const cut = shown.endsWith(` ${ELLIPSIS}`);
  const wanted = pieces(cut ? shown.slice(0, -ELLIPSIS.length).trimEnd() : shown);
  const found = pieces(printed);
  if (cut ? found.length < wanted.length : found.length !== wanted.length) return false;
  const learnt: [string, string][] = [];
  for (const [at, piece] of wanted.entries()) {
    const other = found[at] as Piece;
    if (piece.kind !== other.kind) return false;
    if (piece.kind === undefined) {
      const begins = cut && at === wanted.length - 1;
      if (begins ? !other.text.startsWith(piece.text) : other.text !== piece.text) return false;
    } else if (!VARYING[piece.kind]?.free) learnt.push([piece.text, other.text]);
  }
  return learn(learnt, known);
}

/** Adds the pairs to what is known, all or none: false when one of them contradicts it. */
function learn(pairs: readonly [shown: string, printed: string][], known: Known): boolean {
  const all = new Map(known);
  for (const [shown, printed] of pairs) {
    for (const [from, to] of [
      [`shown ${shown}`, printed],
      [`printed ${printed}`, shown],
    ] as const) {
      if ((all.get(from) ?? to) !== to) return false;
      all.set(from, to);
    }
  }
  for (const [from, to] of all) known.set(from, to);
  return true;
}

interface Piece {
  readonly text: string;
  /** Its index in VARYING. */
  readonly kind?: number;
}

/** A line as what is fixed and what varies. How wide a column or an indent is depends on what stands in it. */
function pieces(line: string): Piece[] {
  const parts: Piece[] = [];
  const text = line.trimEnd().replace(/^ +| {2,}/g, '  ');
  let end = 0;
  for (const match of text.matchAll(ANY_OF_THEM)) {
    parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: match[0], kind: match.slice(1).findIndex((group) => group !== undefined) });
    end = match.index + match[0].length;
  }
  return [...parts, { text: text.slice(end) }];
}
