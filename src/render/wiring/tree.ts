import type { Interface, MapNetns, Wiring } from '../../spec/wiring.ts';
import type { Palette } from '../palette.ts';
import { plain } from '../plain.ts';
import { branches, qualities } from './branches.ts';

/** The wiring as a tree for a terminal: one paragraph per network namespace, one line per interface, ports below their bridge. */
export function wiringTree({ places: namespaces }: Wiring, colors: Palette): string {
  const labels = new Map(namespaces.map(({ inode, label }) => [inode, plain(label)]));
  return namespaces.map((netns) => paragraph(netns, labels, colors)).join('\n');
}

function paragraph(netns: MapNetns, labels: ReadonlyMap<number, string>, colors: Palette): string {
  const { bold, dim, yellow } = colors;
  const own = `net:[${netns.inode}]`;
  const inside = netns.inside.map((each) => plain(shortened(each))).join(', ');
  const head = [bold(plain(netns.label)), netns.label === own ? '' : dim(own), inside]
    .filter(Boolean)
    .join('  ');
  const rows = branches(netns);
  const width = Math.max(
    0,
    ...netns.interfaces.map(({ name, master }) => plain(name).length + (master ? 3 : 0)),
  );
  const lines = rows.flatMap(({ top, ports }, at) => {
    const last = at === rows.length - 1 && netns.nat.length === 0;
    return [
      dim(last ? '└─ ' : '├─ ') + line(top, width),
      ...ports.map(
        (port, n) =>
          dim((last ? '   ' : '│  ') + (n === ports.length - 1 ? '└─ ' : '├─ ')) + line(port, width - 3),
      ),
    ];
  });
  const nat = netns.nat.map(
    (sentence, at) => dim(at === netns.nat.length - 1 ? '└─ ' : '├─ ') + yellow('nat ') + plain(sentence),
  );
  return `${[head, ...lines, ...nat].join('\n')}\n`;

  function line(iface: Interface, width: number): string {
    const { cyan, green, red } = colors;
    const { up, addresses, peer } = iface;
    const remark = plain(qualities(iface));
    const name = plain(iface.name).padEnd(width);
    const parts = [
      up ? cyan(name) : dim(name),
      addresses.map((address) => green(plain(address))).join(' '),
      remark && dim(remark),
      peer === 'unreachable'
        ? red('── in an unreachable namespace')
        : peer &&
          `${dim('──')} ${cyan(plain(peer.name))} of ${labels.get(peer.inode) ?? `net:[${peer.inode}]`}`,
    ];
    return parts.filter(Boolean).join('  ').trimEnd();
  }
}

/** Shortens a long command. */
function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
