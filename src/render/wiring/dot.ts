import type { Interface, MapNetns, Wiring } from '../../spec/wiring.ts';
import { plain } from '../plain.ts';
import { branches, qualities } from './branches.ts';

/** The wiring in the DOT language of Graphviz: `nslab map -o dot | dot -Tsvg`. */
export function wiringDot({ places: namespaces, cables: links }: Wiring): string {
  const node = ({ inode, index }: { inode: number; index: number }) => `n${inode}_${index}`;
  const lines = namespaces.flatMap((netns) => [
    `  subgraph cluster_${netns.inode} {`,
    `    label=${quoted(title(netns))}; style=rounded; color="#8893a5"; bgcolor="#f6f8fa";`,
    ...netns.interfaces.map(
      (iface) => `    ${node({ inode: netns.inode, ...iface })} [label=${quoted(label(iface))}];`,
    ),
    ...branches(netns).flatMap(({ top, ports }) =>
      ports.map(
        (port) =>
          `    ${node({ inode: netns.inode, ...top })} -- ${node({ inode: netns.inode, ...port })} [color="#8893a5"];`,
      ),
    ),
    ...netns.nat.map(
      (sentence, at) => `    t${netns.inode}_${at} [shape=note, label=${quoted([sentence])}];`,
    ),
    '  }',
  ]);
  const edges = links.map(({ kind, ends: [a, b] }) =>
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

function label(iface: Interface): string[] {
  return [iface.name, ...iface.addresses, qualities(iface)].filter(Boolean);
}

/** A DOT string of lines. Quotes, backslashes and entities are escaped. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => plain(line).replace(/[\\"]/g, '\\$&').replace(/&/g, '&amp;'));
  return `"${escaped.join('\\n')}"`;
}
