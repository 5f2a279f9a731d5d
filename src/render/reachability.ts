import type { Reachability, ReachCell } from '../spec/reachability.ts';
import type { Palette } from './palette.ts';
import { plain } from './plain.ts';
import { type Cell, table } from './table.ts';

/** A matrix for a terminal, then what stands out, with the command that says why. */
export function reachabilityText(found: Reachability, { red, bold }: Palette): string {
  const cell = (at: ReachCell | undefined): Cell => {
    if (!at || at.result === 'reached') return words(at);
    return { lines: [words(at)], paint: (text) => (at.asymmetric ? bold(red(text)) : red(text)) };
  };
  const parts = [
    table(
      ['FROM', ...found.to.map(({ name }) => name)],
      found.from.map((from) => [from, ...found.to.map(({ name }) => cell(cellOf(found, from, name)))]),
    ),
    ...[how(found), ...notes(found).map(({ says, trace }) => `${says}; why: ${trace}`)].map(plain),
  ];
  return `${parts.join('\n')}\n`;
}

/** The same as a table of Markdown and a list. */
export function reachabilityMarkdown(found: Reachability): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => plain(text).replaceAll('|', '\\|')).join(' | ')} |`;
  const cell = (at: ReachCell | undefined) =>
    !at || at.result === 'reached' ? words(at) : `**${words(at)}**`;
  const head = ['from', ...found.to.map(({ name }) => name)];
  const rows = found.from.map((from) => [
    from,
    ...found.to.map(({ name }) => cell(cellOf(found, from, name))),
  ]);
  const list = notes(found).map(({ says, trace }) => `- ${plain(says)}; why: \`${plain(trace)}\``);
  const parts = [
    [line(head), line(head.map(() => '---')), ...rows.map(line)],
    [how(found)],
    ...(list.length > 0 ? [list] : []),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function cellOf({ cells }: Reachability, from: string, to: string): ReachCell | undefined {
  return cells.find((cell) => cell.from === from && cell.to === to);
}

function words(cell: ReachCell | undefined): string {
  if (!cell) return '-';
  if (cell.result === 'reached') return `${(cell.rtt ?? 0).toFixed(2)} ms`;
  if (cell.result === 'silent') return 'no answer';
  const isUsual = cell.errno === null || /^(ENET|EHOST)UNREACH$|^ECONNREFUSED$/.test(cell.errno);
  return isUsual ? cell.result : `${cell.result} (${cell.errno})`;
}

/** A ClusterIP is the address of no interface: that no echo request for it is answered says nothing. */
function how({ to }: Reachability): string {
  const [echo, port] = [to.some(({ by }) => by === 'icmp'), to.some(({ by }) => by === 'tcp')];
  if (!echo || !port) return `asked by ${port ? 'a TCP connection' : 'an ICMP echo request'}`;
  return 'asked by an ICMP echo request; a port of a Service by a TCP connection: nobody has that address, so nobody answers an echo request for it';
}

interface Note {
  readonly says: string;
  readonly trace: string;
}

/** More lines than these hide the matrix. */
const MOST = 12;

/** What was not reached, each with one command; a whole row or column is one line. */
function notes({ from, to, cells }: Reachability): Note[] {
  const lost = new Set(cells.filter(({ result }) => result !== 'reached'));
  const found: Note[] = [];
  const takeAll = (of: readonly ReachCell[], says: (first: ReachCell) => string) => {
    const [first, ...more] = of;
    if (!first || more.length === 0 || !of.every((cell) => cell.result !== 'reached')) return;
    if (of.every((cell) => !lost.has(cell))) return;
    found.push({ says: says(first), trace: first.trace ?? '' });
    for (const cell of of) lost.delete(cell);
  };
  for (const { name } of to)
    takeAll(
      cells.filter((cell) => cell.to === name),
      (first) => `nobody reaches ${name} (${words(first)})`,
    );
  for (const name of from)
    takeAll(
      cells.filter((cell) => cell.from === name),
      (first) => `${name} reaches nobody (${words(first)})`,
    );
  for (const cell of lost) {
    const back = cell.asymmetric ? `, while ${cell.to} reaches ${cell.from}` : '';
    found.push({ says: `${cell.from} → ${cell.to}: ${words(cell)}${back}`, trace: cell.trace ?? '' });
  }
  if (found.length <= MOST) return found;
  return [
    ...found.slice(0, MOST),
    { says: `and ${found.length - MOST} more`, trace: 'nslab ping --all -o json has each' },
  ];
}
