import { fitted, widthOf } from './measure.ts';

/** A text where it stands: from its start, or to its end. */
export interface Text {
  readonly x: number;
  readonly y: number;
  readonly look: keyof typeof SIZE;
  readonly text: string;
  readonly end: boolean;
}

/** What stands behind texts: the panel of a bridge, the pill of what lives inside. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly look: 'bridge' | 'pill';
}

/** The size of each kind of text: the style sheet says the same. */
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

/** Between a card's edge and its texts. */
export const PAD = 16;

/** What is put on a card, from its own top left corner. */
export class Sheet {
  readonly texts: Text[] = [];
  readonly boxes: Box[] = [];
  /** The middle of each interface's row, by its index. */
  readonly rows = new Map<number, number>();
  readonly width: number;

  constructor(width: number) {
    this.width = width;
  }

  /** Writes as much as fits into `room`. */
  write(look: Text['look'], x: number, y: number, text: string, room = this.width): void {
    this.texts.push({ x, y, look, text: fitted(text, SIZE[look], room), end: false });
  }

  /** The same, with its end at `x`. */
  writeTo(look: Text['look'], x: number, y: number, text: string, room = this.width): void {
    this.texts.push({ x, y, look, text: fitted(text, SIZE[look], room), end: true });
  }

  /** Writes on a pill, and says where that ends; undefined when there is no room for it. */
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
