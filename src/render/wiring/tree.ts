import type { Interface, MapNetns, Wiring } from '../../spec/wiring.ts';
import type { Palette } from '../palette.ts';
import { plain } from '../plain.ts';
import { branches, qualities } from './branches.ts';

/** The wiring as a tree for a terminal: a paragraph a place, a line an interface, ports below their bridge. */
export function wiringTree({ places }: Wiring, colors: Palette): string {
  const labels = new Map(places.map(({ inode, label }) => [inode, plain(label)]));
  return places.map((place) => paragraph(place, labels, colors)).join('\n');
}

function paragraph(place: MapNetns, labels: ReadonlyMap<number, string>, colors: Palette): string {
  const { bold, dim, yellow } = colors;
  const own = `net:[${place.inode}]`;
  const inside = place.inside.map((each) => plain(shortened(each))).join(', ');
  const head = [bold(plain(place.label)), place.label === own ? '' : dim(own), inside]
    .filter(Boolean)
    .join('  ');
  const rows = branches(place);
  const width = Math.max(
    0,
    ...place.interfaces.map(({ name, master }) => plain(name).length + (master ? 3 : 0)),
  );
  const lines = rows.flatMap(({ top, ports }, at) => {
    const last = at === rows.length - 1 && place.nat.length === 0;
    return [
      dim(last ? '└─ ' : '├─ ') + line(top, width),
      ...ports.map(
        (port, n) =>
          dim((last ? '   ' : '│  ') + (n === ports.length - 1 ? '└─ ' : '├─ ')) + line(port, width - 3),
      ),
    ];
  });
  const nat = place.nat.map(
    (sentence, at) => dim(at === place.nat.length - 1 ? '└─ ' : '├─ ') + yellow('nat ') + plain(sentence),
  );
  return `${[head, ...lines, ...nat].join('\n')}\n`;

  function line(face: Interface, width: number): string {
    const { cyan, green, red } = colors;
    const { up, addresses, peer } = face;
    const remark = plain(qualities(face));
    const name = plain(face.name).padEnd(width);
    const parts = [
      up ? cyan(name) : dim(name),
      addresses.map((address) => green(plain(address))).join(' '),
      remark && dim(remark),
      peer === 'unreachable'
        ? red('── in a namespace out of sight')
        : peer &&
          `${dim('──')} ${cyan(plain(peer.name))} of ${labels.get(peer.inode) ?? `net:[${peer.inode}]`}`,
    ];
    return parts.filter(Boolean).join('  ').trimEnd();
  }
}

/** A command may be of any length. */
function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
