import { ManifestError } from './manifest-error.ts';

/** A position in a source, as text and as a sort key. */
export interface Position {
  /** `file:line:column` */
  readonly where: string;
  /** The number of the source, and the offset in it. */
  readonly order: readonly [source: number, offset: number];
}

/** A field that is ignored, and why. */
export interface FieldNotice {
  /** `file:line:column` */
  readonly where: string;
  /** `spec.containers[0].resources.requests` */
  readonly field: string;
  readonly why: string;
}

/** A field that nslab does not support, with the value where that is what is not supported: `kind: Service`. */
export interface UnsupportedNotice extends FieldNotice {
  readonly what: string;
}

/** Collects faults, warnings and ignored fields of all sources. Faults are thrown as one error, in the order of the text. */
export class Diagnostics {
  readonly ignoreUnsupported: boolean;
  /** Whether a document was skipped because of its YAML. */
  hasSyntaxErrors = false;
  readonly #faults: Line[] = [];
  readonly #warnings: Line[] = [];
  readonly #notes: Line[] = [];
  readonly #ignored: Line<FieldNotice>[] = [];
  readonly #unsupported: Line<UnsupportedNotice>[] = [];

  constructor(ignoreUnsupported: boolean) {
    this.ignoreUnsupported = ignoreUnsupported;
  }

  fault({ where, order }: Position, message: string): void {
    this.#faults.push({ order, what: `${where}: ${message}` });
  }

  /** nslab accepts the value, Kubernetes refuses it. */
  warn({ where, order }: Position, message: string): void {
    this.#warnings.push({ order, what: `${where}: ${message}` });
  }

  /** What the manifest asks for and is done otherwise: always shown. */
  note({ where, order }: Position, message: string): void {
    this.#notes.push({ order, what: `${where}: ${message}` });
  }

  /** A harmless field. */
  ignore({ where, order }: Position, field: string, why: string): void {
    this.#ignored.push({ order, what: { where, field, why } });
  }

  /** A field or value that nslab does not support: a fault, unless `ignoreUnsupported`. */
  refuse({ where, order }: Position, field: string, what: string, is: string, why: string): void {
    this.#unsupported.push({ order, what: { where, field, what, why } });
    if (!this.ignoreUnsupported)
      this.#faults.push({ order, what: `${where}: ${what} ${is} that nslab does not support: ${why}` });
  }

  get warnings(): readonly string[] {
    return inOrder(this.#warnings);
  }

  get notes(): readonly string[] {
    return inOrder(this.#notes);
  }

  get ignored(): readonly FieldNotice[] {
    return inOrder(this.#ignored);
  }

  get unsupported(): readonly UnsupportedNotice[] {
    return inOrder(this.#unsupported);
  }

  throwIfWrong(): void {
    const faults = inOrder(this.#faults);
    if (faults.length === 0) return;
    const refused = this.ignoreUnsupported ? 0 : this.unsupported.length;
    const them = refused === faults.length ? 'them' : 'the fields that nslab does not support';
    throw new ManifestError(
      faults,
      refused > 0 ? `--ignore-unsupported continues without ${them}` : undefined,
    );
  }
}

interface Line<T = string> extends Pick<Position, 'order'> {
  readonly what: T;
}

/** Sorted by position, without duplicates: a fault in an anchored value is found again at each alias. */
function inOrder<T>(lines: readonly Line<T>[]): T[] {
  const sorted = lines.toSorted((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1]);
  return [...new Map(sorted.map(({ what }) => [JSON.stringify(what), what])).values()];
}
