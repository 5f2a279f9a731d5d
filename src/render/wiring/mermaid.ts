import type { Interface, MapNetns, Wiring } from '../../spec/wiring.ts';
import { mermaidText as text } from '../mermaid-text.ts';
import { branches, qualities } from './branches.ts';

/** The wiring as a Mermaid flow chart, for Markdown pages. */
export function wiringMermaid({ places: namespaces, cables: links }: Wiring): string {
  const node = ({ inode, index }: { inode: number; index: number }) => `n${inode}_${index}`;
  const lines = namespaces.flatMap((netns) => [
    `  subgraph p${netns.inode}["${title(netns)}"]`,
    ...netns.interfaces.map((iface) => `    ${node({ inode: netns.inode, ...iface })}["${label(iface)}"]`),
    ...branches(netns).flatMap(({ top, ports }) =>
      ports.map(
        (port) => `    ${node({ inode: netns.inode, ...top })} --- ${node({ inode: netns.inode, ...port })}`,
      ),
    ),
    ...netns.nat.map((sentence, at) => `    t${netns.inode}_${at}>"${text(sentence)}"]`),
    '  end',
  ]);
  const edges = links.map(({ kind, ends: [a, b] }) =>
    kind === 'veth' ? `  ${node(a)} <--> ${node(b)}` : `  ${node(a)} -. ${text(kind)} .-> ${node(b)}`,
  );
  return `${['flowchart LR', ...lines, ...edges].join('\n')}\n`;
}

function title({ label, inside, inode }: MapNetns): string {
  const own = `net:[${inode}]`;
  return [label, ...(label === own ? [] : [own]), inside.join(', ')].filter(Boolean).map(text).join('<br/>');
}

function label(iface: Interface): string {
  return [iface.name, ...iface.addresses, qualities(iface)].filter(Boolean).map(text).join('<br/>');
}
