import type { Interface, MapNetns } from '../../spec/wiring.ts';
import { addressesOf, branches, remarkOn } from './branches.ts';
import type { SideOf } from './card-rows.ts';
import { widthOf } from './measure.ts';
import { PAD, SIZE } from './sheet.ts';

const NARROWEST = 220;
const WIDEST = 400;
/** What can be broken into lines, or is only a command, asks for no more than this. */
const MODEST = 320;

/** As wide as its widest part would like to be, within reason. */
export function wishedWidth(place: MapNetns, sideOf: SideOf): number {
  const title = widthOf(place.label, SIZE.title) + widthOf(`net:[${place.inode}]`, SIZE.inode) + 3 * PAD;
  const pills = place.inside.reduce((sum, each) => sum + widthOf(each, SIZE.inside) + 22, 2 * PAD - 5);
  const rows = branches(place).flatMap(({ top, ports }) => {
    const two = new Set(ports.map((port) => sideOf(port) === 'left')).size === 2;
    return [rowWidth(top, 8), ...ports.map((port) => (two ? 2 * rowWidth(port, 8) : rowWidth(port, 20)))];
  });
  const remarks = place.interfaces.map((face) => widthOf(remarkOn(face), SIZE.quality) + 2 * PAD + 40);
  const modest = Math.min(MODEST, Math.max(pills, ...remarks, ...(place.nat.length > 0 ? [MODEST] : [])));
  return Math.ceil(Math.min(WIDEST, Math.max(NARROWEST, title, modest, ...rows)));
}

function rowWidth(face: Interface, indent: number): number {
  const addresses = addressesOf(face).map((address) => widthOf(address, SIZE.address) + 14);
  return 2 * (PAD + indent) + widthOf(face.name, SIZE.name) + Math.max(0, ...addresses);
}
