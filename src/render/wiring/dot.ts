import type { Interface, MapNetns, Wiring } from '../../spec/wiring.ts';
import { plain } from '../plain.ts';
import { branches, qualities } from './branches.ts';

/** The wiring in Graphviz' language: `nslab map -o dot | dot -Tsvg`. */
export function wiringDot({ places, cables }: Wiring): string {
  const node = ({ inode, index }: { inode: number; index: number }) => `n${inode}_${index}`;
  const lines = places.flatMap((place) => [
    `  subgraph cluster_${place.inode} {`,
    `    label=${quoted(title(place))}; style=rounded; color="#8893a5"; bgcolor="#f6f8fa";`,
    ...place.interfaces.map(
      (face) => `    ${node({ inode: place.inode, ...face })} [label=${quoted(label(face))}];`,
    ),
    ...branches(place).flatMap(({ top, ports }) =>
      ports.map(
        (port) =>
          `    ${node({ inode: place.inode, ...top })} -- ${node({ inode: place.inode, ...port })} [color="#8893a5"];`,
      ),
    ),
    ...place.nat.map(
      (sentence, at) => `    t${place.inode}_${at} [shape=note, label=${quoted([sentence])}];`,
    ),
    '  }',
  ]);
  const edges = cables.map(({ kind, ends: [a, b] }) =>
    kind === 'veth'
      ? `  ${node(a)} -- ${node(b)} [penwidth=2];`
      : `  ${node(a)} -- ${node(b)} [style=dashed, label=${quoted([kind])}];`,
  );
  return `${[HEAD, ...lines, ...edges, '}'].join('\n')}\n`;
}

const HEAD = `graph wiring {
  rankdir=LR; fontname="Helvetica"; compound=true;
  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=11];
  edge [fontname="Helvetica", fontsize=10];`;

function title({ label, inside, inode }: MapNetns): string[] {
  const own = `net:[${inode}]`;
  return [label, ...(label === own ? [] : [own]), inside.join(', ')].filter(Boolean);
}

function label(face: Interface): string[] {
  return [face.name, ...face.addresses, qualities(face)].filter(Boolean);
}

/** A quoted string of some lines: what DOT would read in it (quotes, backslashes, entities) is only text. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => plain(line).replace(/[\\"]/g, '\\$&').replace(/&/g, '&amp;'));
  return `"${escaped.join('\\n')}"`;
}
