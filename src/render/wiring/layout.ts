import type { End, MapNetns, Wiring } from '../../spec/wiring.ts';
import { type Card, makeCard } from './card.ts';
import type { SideOf } from './card-rows.ts';
import { type Cluster, clusters } from './clusters.ts';

/** A card, where it stands in the picture. */
export interface Placed extends Card {
  readonly x: number;
  readonly y: number;
}

/** A cable as a curve between two sockets. */
export interface Line {
  readonly from: Point;
  readonly to: Point;
  /** Whether it leaves and arrives at the same side, and so has to go around. */
  readonly bend: -1 | 0 | 1;
  readonly kind: string;
  readonly ends: readonly [End, End];
  /** Owner cable it is: of what is further from the middle. */
  readonly of: MapNetns;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly cards: readonly Placed[];
  readonly lines: readonly Line[];
}

/** A card in its column: 0 is the middle. */
interface Standing extends Placed {
  readonly column: number;
}

const MARGIN = 32;
const GUTTER = 120;
const GAP = 20;

/** Says where everything stands. The same wiring stands the same way on every machine. */
export function layOut(wiring: Wiring): Layout {
  const all = clusters(wiring);
  const wired = all.filter(({ columns }) => columns.size > 1);
  const alone = all.filter(({ columns }) => columns.size === 1);
  const cards: Standing[] = [];
  let y = MARGIN;
  let width = 0;
  for (const cluster of wired) {
    const placed = placeCluster(cluster);
    cards.push(...placed.map((card) => ({ ...card, x: card.x + MARGIN, y: card.y + y })));
    y = Math.max(...cards.map((card) => card.y + card.height)) + 2 * GAP;
    width = Math.max(width, ...cards.map((card) => card.x + card.width));
  }
  // What is wired to nothing stands in rows below.
  const line = Math.max(width, 900);
  let x = MARGIN;
  let tallest = 0;
  for (const { columns } of alone) {
    const card = makeCard(columns.get(0)?.[0] as MapNetns, () => 'none');
    if (x > MARGIN && x + card.width > line) {
      x = MARGIN;
      y += tallest + GAP;
      tallest = 0;
    }
    cards.push({ ...card, x, y, column: 0 });
    x += card.width + GAP;
    tallest = Math.max(tallest, card.height);
  }
  return {
    width: Math.ceil(Math.max(0, ...cards.map((card) => card.x + card.width)) + MARGIN),
    height: Math.ceil(Math.max(0, ...cards.map((card) => card.y + card.height)) + MARGIN),
    cards,
    lines: linesOf(wiring, cards),
  };
}

function placeCluster({ columns }: Cluster): Standing[] {
  const numbers = [...columns.keys()].sort((a, b) => a - b);
  const columnOf = new Map(numbers.flatMap((at) => (columns.get(at) ?? []).map(({ inode }) => [inode, at])));
  const sideOf: SideOf = ({ peer }) => {
    const at = peer === null || peer === 'unreachable' ? 0 : (columnOf.get(peer.inode) ?? 0);
    return at < 0 ? 'left' : at > 0 ? 'right' : 'none';
  };
  const made = new Map(
    numbers.map((at) => [at, makeColumn(columns.get(at) ?? [], at === 0 ? sideOf : () => 'none')]),
  );
  const placed: Standing[] = [];
  // From the middle outwards: each card as level with what it hangs on as those above it allow.
  for (const at of [...numbers].sort((a, b) => Math.abs(a) - Math.abs(b))) {
    const x = numbers
      .filter((other) => other < at)
      .reduce((sum, other) => sum + (made.get(other)?.[0]?.width ?? 0) + GUTTER, 0);
    let free = Number.NEGATIVE_INFINITY;
    const column = (made.get(at) ?? []).map((card) => {
      const y = Math.max(free, level(card, placed));
      free = y + card.height + GAP;
      return { ...card, x, y, column: at };
    });
    placed.push(...(Math.abs(at) === 1 ? balanced(column, placed) : column));
  }
  const top = Math.min(...placed.map(({ y }) => y));
  return placed.map((card) => ({ ...card, y: card.y - top }));
}

/** The cards of a column are of one width. */
function makeColumn(places: readonly MapNetns[], sideOf: SideOf): Card[] {
  const cards = places.map((place) => makeCard(place, sideOf));
  const widest = Math.max(...cards.map(({ width }) => width));
  return places.map((place) => makeCard(place, sideOf, widest));
}

/** How much lower a card would have to be for its first cable to what is placed already to be level. */
function level(card: Card, placed: readonly Placed[]): number {
  for (const face of card.place.interfaces) {
    const { peer } = face;
    if (peer === null || peer === 'unreachable') continue;
    const other = placed.find(({ place }) => place.inode === peer.inode);
    const [here, there] = [card.sheet.rows.get(face.index), other?.sheet.rows.get(peer.index)];
    if (other && here !== undefined && there !== undefined) return other.y + there - here;
  }
  return 0;
}

/** Moves a column to where its cables to the middle fan out evenly. */
function balanced(column: readonly Standing[], middle: readonly Placed[]): Standing[] {
  const fall = column.reduce((sum, card) => sum + card.y - level(card, middle), 0) / column.length;
  return column.map((card) => ({ ...card, y: card.y - fall }));
}

function linesOf({ cables }: Wiring, cards: readonly Standing[]): Line[] {
  const byInode = new Map(cards.map((card) => [card.place.inode, card]));
  return cables.flatMap(({ kind, ends }): Line[] => {
    const [a, b] = ends.map(({ inode }) => byInode.get(inode));
    const [p, q] = [a?.sheet.rows.get(ends[0].index), b?.sheet.rows.get(ends[1].index)];
    if (!a || !b || p === undefined || q === undefined) return [];
    const outward = a.column < 0 || b.column < 0 ? -1 : 1;
    const bend = a.column === b.column ? outward : 0;
    const socket = (card: typeof a, row: number, other: typeof a): Point => {
      const toRight = bend === 0 ? card.column < other.column : bend > 0;
      return { x: card.x + (toRight ? card.width : 0), y: card.y + row };
    };
    const of = Math.abs(a.column) > Math.abs(b.column) ? a.place : b.place;
    return [{ from: socket(a, p, b), to: socket(b, q, a), bend, kind, ends, of }];
  });
}
