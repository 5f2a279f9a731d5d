import { stripVTControlCharacters } from 'node:util';
import widthOf from 'fast-string-width';
import { timeOfDay } from '../../render/event-line.ts';
import type { Palette } from '../../render/palette.ts';
import { clearScreen, printPaced } from '../print.ts';

/** Shows texts on a terminal, each in the place of the last one, with `+` before each line that is new, and anew when its size changes. */
export function openTerminal(
  stream: NodeJS.WriteStream,
  colors: Palette,
  write: (lines: readonly string[]) => Promise<void> = (lines) => printPaced(lines, colors),
): { show(text: string): Promise<void>; close(): void } {
  let before: ReadonlySet<string> | undefined;
  let shown: readonly string[] = [];
  const draw = () => {
    clearScreen(stream);
    return write(fitted(shown, stream));
  };
  // What cannot be written now cannot at the next change either: that is told there.
  const redraw = () => void draw().catch(() => {});
  stream.on('resize', redraw);
  return {
    close: () => void stream.off('resize', redraw),
    show: (text) => {
      const lines = text.split('\n');
      const keys = keysOf(lines);
      const time = timeOfDay(BigInt(Date.now()) * 1_000_000n).replace(/\..*/, '');
      shown = [
        `${colors.bold(time)} ${colors.dim('Ctrl-C ends it')}`,
        ...lines.map((line, at) => {
          const isNew = line !== '' && before?.has(keys[at] ?? '') === false;
          return `${isNew ? colors.yellow('+') : ' '} ${line}`.trimEnd();
        }),
      ];
      before = new Set(keys);
      return draw();
    },
  };
}

/** What a line says, and of which network namespace, however wide its columns are and whatever stands above and below it. */
function keysOf(lines: readonly string[]): string[] {
  let netns = '';
  return lines.map((line, at) => {
    const words = stripVTControlCharacters(line)
      .replace(/[│├└─\s]+/g, ' ')
      .trim();
    if (at === 0 || lines[at - 1] === '') netns = /net:\[\d+\]/.exec(words)?.[0] ?? words;
    return `${netns}: ${words}`;
  });
}

/** The lines for which there is room, and how many there are more. */
export function fitted(
  lines: readonly string[],
  { columns, rows }: Pick<NodeJS.WriteStream, 'columns' | 'rows'>,
): readonly string[] {
  // A terminal that does not know its size says 0. The cursor stands below the last line.
  const [width, room] = [columns || 80, (rows || 24) - 1];
  const heights = lines.map((line) => Math.max(1, Math.ceil(widthOf(line) / width)));
  const countWithin = (most: number) => {
    let used = 0;
    const at = heights.findIndex((each) => {
      used += each;
      return used > most;
    });
    return at < 0 ? lines.length : at;
  };
  if (countWithin(room) === lines.length) return lines;
  const count = Math.max(1, countWithin(room - 1));
  const left = lines.length - count;
  return [...lines.slice(0, count), `  … and ${left} line${left === 1 ? '' : 's'} more`];
}
