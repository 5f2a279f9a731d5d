import type { Interface, MapNetns } from '../../spec/wiring.ts';
import { branches, remarkOf } from './branches.ts';
import type { SideOf } from './card-rows.ts';
import { widthOf } from './measure.ts';
import { PAD, SIZE } from './sheet.ts';

const NARROWEST = 220;
const WIDEST = 400;
/** The limit for a name: the longest of a pod has 63 characters, as a host name has. */
const LONGEST_NAME = 720;
/** The limit for content that can wrap or be shortened. */
const WRAPPING_WIDEST = 320;

/** The width of the widest part, between NARROWEST and WIDEST; of a long name, up to LONGEST_NAME. */
export function preferredWidth(netns: MapNetns, sideOf: SideOf): number {
  const title = widthOf(netns.label, SIZE.title) + widthOf(`net:[${netns.inode}]`, SIZE.inode) + 3 * PAD;
  const pills = netns.inside.reduce((sum, each) => sum + widthOf(each, SIZE.inside) + 22, 2 * PAD - 5);
  const rows = branches(netns).flatMap(({ top, ports }) => {
    const two = new Set(ports.map((port) => sideOf(port) === 'left')).size === 2;
    return [rowWidth(top, 8), ...ports.map((port) => (two ? 2 * rowWidth(port, 8) : rowWidth(port, 20)))];
  });
  const remarks = netns.interfaces.map((iface) => widthOf(remarkOf(iface), SIZE.quality) + 2 * PAD + 40);
  const wrapping = Math.min(
    WRAPPING_WIDEST,
    Math.max(pills, ...remarks, ...(netns.nat.length > 0 ? [WRAPPING_WIDEST] : [])),
  );
  const content = Math.min(WIDEST, Math.max(NARROWEST, wrapping, ...rows));
  return Math.ceil(Math.max(content, Math.min(LONGEST_NAME, title)));
}

function rowWidth(iface: Interface, indent: number): number {
  const addresses = iface.addresses.map((address) => widthOf(address, SIZE.address) + 14);
  return 2 * (PAD + indent) + widthOf(iface.name, SIZE.name) + Math.max(0, ...addresses);
}
