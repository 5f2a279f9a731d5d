import { ManifestError } from './manifest-error.ts';

/** A place in a source, for whoever reads and for whoever sorts. */
export interface Place {
  /** `file:line:column` */
  readonly where: string;
  /** The number of the source, and the offset in it. */
  readonly order: readonly [source: number, offset: number];
}

/** Something about a field that is said and not wrong. */
export interface Note {
  /** `file:line:column` */
  readonly where: string;
  /** `spec.containers[0].resources.requests` */
  readonly field: string;
  readonly why: string;
}

/** Everything that was found in all the sources. What is wrong is thrown once, at the end, in the order of the text. */
export class Findings {
  readonly ignoreUnsupported: boolean;
  readonly #faults: Line[] = [];
  readonly #warnings: Line[] = [];
  readonly #ignored: Line<Note>[] = [];
  readonly #unsupported: Line<Note>[] = [];

  constructor(ignoreUnsupported: boolean) {
    this.ignoreUnsupported = ignoreUnsupported;
  }

  fault({ where, order }: Place, message: string): void {
    this.#faults.push({ order, what: `${where}: ${message}` });
  }

  /** Tolerated, though Kubernetes refuses it. */
  warn({ where, order }: Place, message: string): void {
    this.#warnings.push({ order, what: `${where}: ${message}` });
  }

  /** Harmless: there is nothing to do about it. */
  pass({ where, order }: Place, field: string, why: string): void {
    this.#ignored.push({ order, what: { where, field, why } });
  }

  /** Something real that we do not act on: wrong, unless the reader was told to go on. `what`: all of the sentence. */
  refuse({ where, order }: Place, field: string, what: string, why: string): void {
    this.#unsupported.push({ order, what: { where, field, why } });
    if (!this.ignoreUnsupported)
      this.#faults.push({ order, what: `${where}: ${what} that nslab does not act on: ${why}` });
  }

  get warnings(): readonly string[] {
    return inOrder(this.#warnings);
  }

  get ignored(): readonly Note[] {
    return inOrder(this.#ignored);
  }

  get unsupported(): readonly Note[] {
    return inOrder(this.#unsupported);
  }

  throwIfWrong(): void {
    const faults = inOrder(this.#faults);
    if (faults.length === 0) return;
    const refused = this.ignoreUnsupported ? 0 : this.unsupported.length;
    const them = refused === faults.length ? 'them' : 'those that nslab does not act on';
    throw new ManifestError(faults, refused > 0 ? `--ignore-unsupported goes on without ${them}` : undefined);
  }
}

interface Line<T = string> extends Pick<Place, 'order'> {
  readonly what: T;
}

/** In the order of the text, and each once: what an anchor repeats is found again at the same place. */
function inOrder<T>(lines: readonly Line<T>[]): T[] {
  const sorted = lines.toSorted((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1]);
  return [...new Map(sorted.map(({ what }) => [JSON.stringify(what), what])).values()];
}
