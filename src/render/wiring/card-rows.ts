import type { Interface } from '../../spec/wiring.ts';
import { remarkOf } from './branches.ts';
import { widthOf, wrapped } from './measure.ts';
import { PAD, type Sheet, SIZE } from './sheet.ts';

/** The side of the picture to which an interface's link leads. */
export type SideOf = (iface: Interface) => 'left' | 'right' | 'none';

const ROW = 24;
const LINE = 16;

/** Writes an interface: its name, its addresses at the right, a remark beside or below. Returns the bottom edge. */
export function interfaceRow(sheet: Sheet, iface: Interface, indent: number, top: number): number {
  const [left, right] = [PAD + indent, sheet.width - PAD - indent];
  const middle = top + ROW / 2;
  sheet.rows.set(iface.index, middle);
  const addresses = iface.addresses;
  const widest = Math.max(0, ...addresses.map((address) => widthOf(address, SIZE.address) + 12));
  const room = right - left - widest;
  sheet.write(iface.up ? 'name' : 'down', left, middle + 4, iface.name, room);
  for (const [at, address] of addresses.entries())
    sheet.writeTo('address', right, middle + 4 + at * LINE, address, right - left);
  const bottom = top + ROW + Math.max(0, addresses.length - 1) * LINE;
  const remark = remarkOf(iface);
  if (remark === '') return bottom;
  const after = widthOf(iface.name, SIZE.name) + 8;
  if (widthOf(remark, SIZE.quality) > room - after)
    return remarkBelow(sheet, remark, left + 8, right, bottom);
  sheet.write('quality', left + after, middle + 4, remark);
  return bottom;
}

function remarkBelow(sheet: Sheet, remark: string, left: number, right: number, top: number): number {
  let bottom = top;
  for (const line of wrapped(remark, SIZE.quality, right - left)) {
    sheet.write('quality', left, bottom + 8, line);
    bottom += LINE;
  }
  return bottom;
}

/** Writes the ports of a bridge, in two columns when their links lead to both sides. Returns the bottom edge. */
export function portRows(sheet: Sheet, ports: readonly Interface[], sideOf: SideOf, top: number): number {
  const left = ports.filter((port) => sideOf(port) === 'left');
  const right = ports.filter((port) => sideOf(port) !== 'left');
  if (left.length === 0 || right.length === 0)
    return ports.reduce((y, port) => interfaceRow(sheet, port, 20, y), top);
  for (const side of [left, right])
    for (const [at, { index, name, up }] of side.entries()) {
      const middle = top + at * ROW + ROW / 2;
      const room = sheet.width / 2 - PAD - 14;
      sheet.rows.set(index, middle);
      const look = up ? 'name' : 'down';
      if (side === left) sheet.write(look, PAD + 8, middle + 4, name, room);
      else sheet.writeTo(look, sheet.width - PAD - 8, middle + 4, name, room);
    }
  return top + Math.max(left.length, right.length) * ROW;
}
