import { fitted, widthOf, wrapped } from './measure.ts';
import { branches, type Interface, type Place, qualities } from './wiring.ts';

/** The box of a place, with where everything stands in it, from its own top left corner. */
export interface Card {
  readonly place: Place;
  readonly width: number;
  readonly height: number;
  readonly texts: readonly Text[];
  /** What stands behind the texts: the panels of bridges, the pills of what lives inside. */
  readonly boxes: readonly Box[];
  /** The middle of each interface's row, by its index. */
  readonly rows: ReadonlyMap<number, number>;
}

export interface Text {
  readonly x: number;
  readonly y: number;
  readonly look: 'title' | 'inode' | 'inside' | 'name' | 'down' | 'address' | 'quality' | 'nat';
  readonly text: string;
  readonly end?: boolean;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly look: 'bridge' | 'pill';
}

export const SIZE = {
  title: 14,
  inode: 10.5,
  inside: 11,
  name: 12,
  down: 12,
  address: 12,
  quality: 11,
  nat: 11,
};
const PAD = 16;
const ROW = 24;
const LINE = 16;
const WIDEST = 400;
const NARROWEST = 220;

/** Which sides of a card an interface's cable may leave by: a port that leads left and one that leads right share a row. */
export type SideOf = (face: Interface) => 'left' | 'right' | 'none';

/** A card, as wide as its content would like within reason, or as it is told. */
export function makeCard(place: Place, sideOf: SideOf, width = wish(place, sideOf)): Card {
  const tree = branches(place);
  const texts: Text[] = [];
  const boxes: Box[] = [];
  const rows = new Map<number, number>();
  let y = head();
  for (const { top, ports } of tree) {
    const panel = ports.length > 0 || top.kind === 'bridge';
    if (panel) y += 4;
    const from = y;
    y = row(top, panel ? 8 : 0, y + (panel ? 4 : 0));
    y = portRows(ports, y);
    if (panel) {
      y += 2;
      boxes.unshift({ x: 8, y: from, width: width - 16, height: y - from, look: 'bridge' });
      y += 6;
    }
  }
  y = nat(y);
  return { place, width, height: y + 10, texts, boxes, rows };

  /** Its name, its inode, and what lives in it. */
  function head(): number {
    const own = `net:[${place.inode}]`;
    const title = place.label === own ? 'unnamed' : place.label;
    const room = width - 3 * PAD - widthOf(own, SIZE.inode);
    texts.push({ x: PAD, y: 27, look: 'title', text: fitted(title, SIZE.title, room) });
    texts.push({ x: width - PAD, y: 27, look: 'inode', text: own, end: true });
    let x = PAD;
    for (const each of place.inside) {
      const text = fitted(each, SIZE.inside, width - PAD - x - 16);
      const wide = widthOf(text, SIZE.inside) + 16;
      if (x > PAD && x + wide > width - PAD) break;
      boxes.push({ x, y: 38, width: wide, height: 19, look: 'pill' });
      texts.push({ x: x + 8, y: 51.5, look: 'inside', text });
      x += wide + 6;
    }
    return place.inside.length > 0 ? 66 : 42;
  }

  function row(face: Interface, indent: number, top: number): number {
    const { name, up } = face;
    const shown = addressesOf(face);
    const said = qualityOf(face);
    const middle = top + ROW / 2;
    rows.set(face.index, middle);
    const widest = Math.max(0, ...shown.map((address) => widthOf(address, SIZE.address)));
    const room = width - 2 * PAD - 2 * indent - (widest > 0 ? widest + 12 : 0);
    texts.push({
      x: PAD + indent,
      y: middle + 4,
      look: up ? 'name' : 'down',
      text: fitted(name, SIZE.name, room),
    });
    const beside = said !== '' && room - widthOf(name, SIZE.name) - 8 >= widthOf(said, SIZE.quality);
    if (beside)
      texts.push({
        x: PAD + indent + widthOf(name, SIZE.name) + 8,
        y: middle + 4,
        look: 'quality',
        text: said,
      });
    shown.forEach((address, at) => {
      texts.push({
        x: width - PAD - indent,
        y: middle + 4 + at * LINE,
        look: 'address',
        text: fitted(address, SIZE.address, width - 2 * PAD - 2 * indent),
        end: true,
      });
    });
    let bottom = top + ROW + Math.max(0, shown.length - 1) * LINE;
    if (said !== '' && !beside)
      for (const line of wrapped(said, SIZE.quality, width - 2 * PAD - 2 * indent - 8)) {
        texts.push({ x: PAD + indent + 8, y: bottom + 10, look: 'quality', text: line });
        bottom += LINE;
      }
    return bottom;
  }

  /** Ports that lead to the left and to the right stand beside each other. */
  function portRows(ports: readonly Interface[], top: number): number {
    const left = ports.filter((port) => sideOf(port) === 'left');
    const right = ports.filter((port) => sideOf(port) !== 'left');
    const two = left.length > 0 && right.length > 0;
    const side = (list: readonly Interface[], end: boolean) => {
      let y = top;
      for (const port of list) {
        y = two ? portBeside(port, end, y) : row(port, 20, y);
      }
      return y;
    };
    return Math.max(side(left, false), side(right, true));
  }

  function portBeside(port: Interface, end: boolean, top: number): number {
    rows.set(port.index, top + ROW / 2);
    const x = end ? width - PAD - 8 : PAD + 8;
    const text = fitted(port.name, SIZE.name, width / 2 - PAD - 14);
    texts.push({ x, y: top + ROW / 2 + 4, look: port.up ? 'name' : 'down', text, end });
    return top + ROW;
  }

  function nat(top: number): number {
    let y = top + (place.nat.length > 0 ? 8 : 0);
    for (const sentence of place.nat) {
      wrapped(sentence, SIZE.nat, width - 2 * PAD - 14).forEach((text, at) => {
        if (at === 0) texts.push({ x: PAD, y: y + 10, look: 'nat', text: '⇄' });
        texts.push({ x: PAD + 16, y: y + 10, look: 'nat', text });
        y += 15;
      });
      y += 3;
    }
    return y;
  }
}

/** As wide as its widest part would like to be, within reason. */
function wish(place: Place, sideOf: SideOf): number {
  const tree = branches(place);
  const title = widthOf(place.label, SIZE.title) + widthOf(`net:[${place.inode}]`, SIZE.inode) + 3 * PAD;
  const inside = place.inside.reduce((sum, each) => sum + widthOf(each, SIZE.inside) + 22, 2 * PAD - 5);
  const row = (indent: number) => (face: Interface) =>
    2 * PAD +
    2 * indent +
    widthOf(face.name, SIZE.name) +
    Math.max(0, ...addressesOf(face).map((address) => widthOf(address, SIZE.address) + 14));
  const rows = tree.flatMap(({ top, ports }) => {
    const two = new Set(ports.map((port) => sideOf(port) === 'left')).size === 2;
    return [row(8)(top), ...ports.map((port) => (two ? 2 : 1) * row(two ? 8 : 20)(port))];
  });
  const said = place.interfaces.map((face) =>
    Math.min(320, widthOf(qualityOf(face), SIZE.quality) + 2 * PAD + 40),
  );
  return Math.ceil(
    Math.min(
      WIDEST,
      Math.max(NARROWEST, title, Math.min(inside, 320), ...rows, ...said, place.nat.length > 0 ? 340 : 0),
    ),
  );
}

/** In a picture what every interface has by itself is noise: the text and JSON forms show it. */
function addressesOf({ addresses }: Interface): string[] {
  return addresses.filter((address) => !/^(fe[89ab].:|::1\/)/i.test(address));
}

function qualityOf(face: Interface): string {
  return [qualities(face), face.peer === 'unreachable' ? 'other end out of sight' : '']
    .filter(Boolean)
    .join(', ');
}
