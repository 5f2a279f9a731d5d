import type { MapNetns } from '../../spec/wiring.ts';
import { branches } from './branches.ts';
import { interfaceRow, portRows, type SideOf } from './card-rows.ts';
import { preferredWidth } from './card-width.ts';
import { widthOf, wrapped } from './measure.ts';
import { PAD, Sheet, SIZE } from './sheet.ts';

/** The box of a network namespace, with its content. */
export interface Card {
  readonly netns: MapNetns;
  readonly sheet: Sheet;
  readonly width: number;
  readonly height: number;
}

/** Lays out a card, by default in its preferred width. */
export function makeCard(netns: MapNetns, sideOf: SideOf, width = preferredWidth(netns, sideOf)): Card {
  const sheet = new Sheet(width);
  let y = head(sheet, netns);
  for (const { top, ports } of branches(netns)) {
    if (top.kind !== 'bridge' && ports.length === 0) {
      y = interfaceRow(sheet, top, 0, y);
      continue;
    }
    const from = y + 4;
    const to = portRows(sheet, ports, sideOf, interfaceRow(sheet, top, 8, from + 4)) + 2;
    sheet.panel(from, to);
    y = to + 6;
  }
  return { netns, sheet, width, height: nat(sheet, netns, y) + 10 };
}

/** Writes its label, its inode and its processes. */
function head(sheet: Sheet, { label, inode, inside }: MapNetns): number {
  const right = sheet.width - PAD;
  const own = `net:[${inode}]`;
  sheet.write(
    'title',
    PAD,
    27,
    label === own ? 'unnamed' : label,
    right - 2 * PAD - widthOf(own, SIZE.inode),
  );
  sheet.writeTo('inode', right, 27, own);
  let x = PAD;
  for (const [at, each] of inside.entries()) {
    // Leaves room for the pill that counts the hidden ones.
    const rest = at < inside.length - 1 ? 40 : 0;
    const end = sheet.pill(x, 38, each, right - x - (x === PAD ? 0 : rest));
    if (end === undefined) {
      sheet.pill(x, 38, `+${inside.length - at}`, right - x);
      break;
    }
    x = end + 6;
  }
  return inside.length > 0 ? 66 : 42;
}

/** Writes address translation, one paragraph per sentence. */
function nat(sheet: Sheet, { nat }: MapNetns, top: number): number {
  let y = top + (nat.length > 0 ? 8 : 0);
  for (const sentence of nat) {
    sheet.write('nat', PAD, y + 10, '⇄');
    for (const line of wrapped(sentence, SIZE.nat, sheet.width - 2 * PAD - 16)) {
      sheet.write('nat', PAD + 16, y + 10, line);
      y += 15;
    }
    y += 3;
  }
  return y;
}
