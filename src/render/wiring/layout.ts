import type { End, MapNetns, Wiring } from '../../spec/wiring.ts';
import { type Card, makeCard } from './card.ts';
import type { SideOf } from './card-rows.ts';
import { type Cluster, clusters } from './clusters.ts';

/** A card and its position. */
export interface Placed extends Card {
  readonly x: number;
  readonly y: number;
}

/** A link, drawn as a curve between two sockets. */
export interface Line {
  readonly from: Point;
  readonly to: Point;
  /** Not 0: it leaves and arrives on the same side and bends around it. */
  readonly bend: -1 | 0 | 1;
  readonly kind: string;
  readonly ends: readonly [End, End];
  /** The namespace that gives it its colour: the one further from the middle. */
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

/** A card with its column; 0 is the middle. */
interface InColumn extends Placed {
  readonly column: number;
}

const MARGIN = 32;
const GUTTER = 120;
const GAP = 20;

/** Computes all positions. The result depends on the wiring alone, not on fonts. */
export function layOut(wiring: Wiring): Layout {
  const all = clusters(wiring);
  const linked = all.filter(({ columns }) => columns.size > 1);
  const alone = all.filter(({ columns }) => columns.size === 1);
  const cards: InColumn[] = [];
  let y = MARGIN;
  let width = 0;
  for (const cluster of linked) {
    const placed = placeCluster(cluster);
    cards.push(...placed.map((card) => ({ ...card, x: card.x + MARGIN, y: card.y + y })));
    y = Math.max(...cards.map((card) => card.y + card.height)) + 2 * GAP;
    width = Math.max(width, ...cards.map((card) => card.x + card.width));
  }
  // Namespaces without links go in rows below.
  const rowWidth = Math.max(width, 900);
  let x = MARGIN;
  let tallest = 0;
  for (const { columns } of alone) {
    const card = makeCard(columns.get(0)?.[0] as MapNetns, () => 'none');
    if (x > MARGIN && x + card.width > rowWidth) {
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

function placeCluster({ columns }: Cluster): InColumn[] {
  const numbers = [...columns.keys()].sort((a, b) => a - b);
  const columnOf = new Map(numbers.flatMap((at) => (columns.get(at) ?? []).map(({ inode }) => [inode, at])));
  const sideOf: SideOf = ({ peer }) => {
    const at = peer === null || peer === 'unreachable' ? 0 : (columnOf.get(peer.inode) ?? 0);
    return at < 0 ? 'left' : at > 0 ? 'right' : 'none';
  };
  const made = new Map(
    numbers.map((at) => [at, makeColumn(columns.get(at) ?? [], at === 0 ? sideOf : () => 'none')]),
  );
  const placed: InColumn[] = [];
  // From the middle outwards: each card is level with its neighbour, or below the previous card.
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

/** Makes the cards of a column, all of the same width. */
function makeColumn(namespaces: readonly MapNetns[], sideOf: SideOf): Card[] {
  const cards = namespaces.map((netns) => makeCard(netns, sideOf));
  const widest = Math.max(...cards.map(({ width }) => width));
  return namespaces.map((netns) => makeCard(netns, sideOf, widest));
}

/** The y at which a card's first link to a placed card is horizontal. */
function level(card: Card, placed: readonly Placed[]): number {
  for (const iface of card.netns.interfaces) {
    const { peer } = iface;
    if (peer === null || peer === 'unreachable') continue;
    const other = placed.find(({ netns }) => netns.inode === peer.inode);
    const [here, there] = [card.sheet.rows.get(iface.index), other?.sheet.rows.get(peer.index)];
    if (other && here !== undefined && there !== undefined) return other.y + there - here;
  }
  return 0;
}

/** Moves a column so that its links to the middle fan out evenly. */
function balanced(column: readonly InColumn[], middle: readonly Placed[]): InColumn[] {
  const fall = column.reduce((sum, card) => sum + card.y - level(card, middle), 0) / column.length;
  return column.map((card) => ({ ...card, y: card.y - fall }));
}

function linesOf({ cables: links }: Wiring, cards: readonly InColumn[]): Line[] {
  const byInode = new Map(cards.map((card) => [card.netns.inode, card]));
  return links.flatMap(({ kind, ends }): Line[] => {
    const [a, b] = ends.map(({ inode }) => byInode.get(inode));
    const [p, q] = [a?.sheet.rows.get(ends[0].index), b?.sheet.rows.get(ends[1].index)];
    if (!a || !b || p === undefined || q === undefined) return [];
    const outward = a.column < 0 || b.column < 0 ? -1 : 1;
    const bend = a.column === b.column ? outward : 0;
    const socket = (card: typeof a, row: number, other: typeof a): Point => {
      const toRight = bend === 0 ? card.column < other.column : bend > 0;
      return { x: card.x + (toRight ? card.width : 0), y: card.y + row };
    };
    const of = Math.abs(a.column) > Math.abs(b.column) ? a.netns : b.netns;
    return [{ from: socket(a, p, b), to: socket(b, q, a), bend, kind, ends, of }];
  });
}
