import { fitted, widthOf } from './measure.ts';

/** A text and its position; `end`: x is its right edge. */
export interface Text {
  readonly x: number;
  readonly y: number;
  readonly look: keyof typeof SIZE;
  readonly text: string;
  readonly end: boolean;
}

/** A box behind texts: the panel of a bridge, or the pill of a process. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly look: 'bridge' | 'pill';
}

/** Font sizes; the same as in the style sheet. */
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

/** The distance between a card's edge and its texts. */
export const PAD = 16;

/** The content of a card. Coordinates are relative to its top left corner. */
export class Sheet {
  readonly texts: Text[] = [];
  readonly boxes: Box[] = [];
  /** The middle of each interface's row, by its index. */
  readonly rows = new Map<number, number>();
  readonly width: number;

  constructor(width: number) {
    this.width = width;
  }

  /** Writes a text, shortened to `room`. */
  write(look: Text['look'], x: number, y: number, text: string, room = this.width): void {
    this.texts.push({ x, y, look, text: fitted(text, SIZE[look], room), end: false });
  }

  /** The same, right-aligned at `x`. */
  writeTo(look: Text['look'], x: number, y: number, text: string, room = this.width): void {
    this.texts.push({ x, y, look, text: fitted(text, SIZE[look], room), end: true });
  }

  /** Writes a text on a pill and returns its right edge; undefined when there is no room. */
  pill(x: number, y: number, text: string, room: number): number | undefined {
    const width = widthOf(fitted(text, SIZE.inside, room - 16), SIZE.inside) + 16;
    if (room < 60 && widthOf(text, SIZE.inside) + 16 > room) return undefined;
    this.boxes.push({ x, y, width, height: 19, look: 'pill' });
    this.write('inside', x + 8, y + 13.5, text, room - 16);
    return x + width;
  }

  panel(top: number, bottom: number): void {
    this.boxes.unshift({ x: 8, y: top, width: this.width - 16, height: bottom - top, look: 'bridge' });
  }
}
