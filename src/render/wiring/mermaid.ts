import type { Interface, MapNetns, Wiring } from '../../spec/wiring.ts';
import { plain } from '../plain.ts';
import { branches, qualities } from './branches.ts';

/** The wiring as a Mermaid flow chart, as Markdown pages show it. */
export function wiringMermaid({ places, cables }: Wiring): string {
  const node = ({ inode, index }: { inode: number; index: number }) => `n${inode}_${index}`;
  const lines = places.flatMap((place) => [
    `  subgraph p${place.inode}["${title(place)}"]`,
    ...place.interfaces.map((face) => `    ${node({ inode: place.inode, ...face })}["${label(face)}"]`),
    ...branches(place).flatMap(({ top, ports }) =>
      ports.map(
        (port) => `    ${node({ inode: place.inode, ...top })} --- ${node({ inode: place.inode, ...port })}`,
      ),
    ),
    ...place.nat.map((sentence, at) => `    t${place.inode}_${at}>"${text(sentence)}"]`),
    '  end',
  ]);
  const edges = cables.map(({ kind, ends: [a, b] }) =>
    kind === 'veth' ? `  ${node(a)} <--> ${node(b)}` : `  ${node(a)} -. ${text(kind)} .-> ${node(b)}`,
  );
  return `${['flowchart LR', ...lines, ...edges].join('\n')}\n`;
}

function title({ label, inside, inode }: MapNetns): string {
  const own = `net:[${inode}]`;
  return [label, ...(label === own ? [] : [own]), inside.join(', ')].filter(Boolean).map(text).join('<br/>');
}

function label(face: Interface): string {
  return [face.name, ...face.addresses, qualities(face)].filter(Boolean).map(text).join('<br/>');
}

/** Mermaid takes entity codes, `#35;` for `#`; as everything else could end the string, or be a tag or Markdown, it is one. */
function text(raw: string): string {
  return plain(raw).replace(/[^\p{L}\p{N} .,:/[\]()@=+-]/gu, (character) => `#${character.codePointAt(0)};`);
}
