import type { Interface, MapNetns } from '../../spec/wiring.ts';
import { addressesOf, branches, remarkOf } from './branches.ts';
import type { SideOf } from './card-rows.ts';
import { widthOf } from './measure.ts';
import { PAD, SIZE } from './sheet.ts';

const NARROWEST = 220;
const WIDEST = 400;
/** The limit for content that can wrap or be shortened. */
const WRAPPING_WIDEST = 320;

/** The width of the widest part, between NARROWEST and WIDEST. */
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
  return Math.ceil(Math.min(WIDEST, Math.max(NARROWEST, title, wrapping, ...rows)));
}

function rowWidth(iface: Interface, indent: number): number {
  const addresses = addressesOf(iface).map((address) => widthOf(address, SIZE.address) + 14);
  return 2 * (PAD + indent) + widthOf(iface.name, SIZE.name) + Math.max(0, ...addresses);
}
