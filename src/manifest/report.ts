import type { Diagnostics, Position } from './diagnostics.ts';
import type { ManifestDocument } from './document.ts';
import { show } from './field-errors.ts';
import type { Part, Path } from './node.ts';

/** Adds diagnostics of one manifest, by the path of the field. */
export class Report {
  readonly #diagnostics: Diagnostics;
  readonly #document: ManifestDocument;
  readonly #base: Path;
  /** By the path of the list, as JSON. Shared by all reports of one manifest. */
  readonly #lists: Map<string, FilteredList>;

  constructor(
    diagnostics: Diagnostics,
    document: ManifestDocument,
    base: Path = [],
    lists = new Map<string, FilteredList>(),
  ) {
    this.#diagnostics = diagnostics;
    this.#document = document;
    this.#base = base;
    this.#lists = lists;
  }

  /** A report whose paths are relative to a field. */
  at(...path: Path): Report {
    return new Report(this.#diagnostics, this.#document, [...this.#base, ...path], this.#lists);
  }

  fault(path: Path, message: string, part: Part = 'value'): void {
    this.#diagnostics.fault(this.position(path, part), this.#about(path, message));
  }

  warn(path: Path, message: string): void {
    this.#diagnostics.warn(this.position(path), this.#about(path, message));
  }

  /** What the manifest asks for and is done otherwise. */
  note(path: Path, message: string): void {
    this.#diagnostics.note(this.position(path), message);
  }

  /** A harmless field. */
  ignore(path: Path, why: string): void {
    this.#diagnostics.ignore(this.position(path, 'key'), this.field(path), why);
  }

  /** A field that nslab does not support. */
  refuseField(path: Path, why: string): void {
    const field = this.field(path);
    this.#diagnostics.refuse(this.position(path, 'key'), field, field, 'is a field of Kubernetes', why);
  }

  /** A value that nslab does not support, in a supported field. */
  refuseValue(path: Path, value: unknown, why: string): void {
    const field = this.field(path);
    const [what, is] =
      typeof value === 'object' ? [field, 'has a value'] : [`${field}: ${show(value)}`, 'is a value'];
    this.#diagnostics.refuse(this.position(path), field, what, `${is} of Kubernetes`, why);
  }

  /** A kind of object that nslab does not support. */
  refuseKind(kind: string, why: string): void {
    const field = this.field(['kind']);
    this.#diagnostics.refuse(this.position(['kind']), field, `${field}: ${kind}`, 'is a kind', why);
  }

  /** A kind of object that is read and passed over. */
  passOver(kind: string, name: unknown, why: string): void {
    const named = typeof name === 'string' ? ` "${name}"` : '';
    this.#diagnostics.ignore(this.position(['kind']), `${kind}${named}`, why);
  }

  position(path: Path, part?: Part): Position {
    return this.#document.position(this.#original(path), part);
  }

  written(path: Path): string | undefined {
    return this.#document.written(this.#original(path));
  }

  /** `spec.containers[0].name`, with the indices of the text. */
  field(path: Path): string {
    return spell(this.#original(path));
  }

  /** Records that elements of a list were dropped: from now on, index i means `kept[i]` in the text. */
  keepOnly(path: Path, kept: readonly number[], dropped: readonly unknown[] = []): void {
    this.#lists.set(JSON.stringify([...this.#base, ...path]), { kept, dropped });
  }

  /** The dropped elements of a list. */
  droppedFrom(path: Path): readonly unknown[] {
    return this.#lists.get(JSON.stringify([...this.#base, ...path]))?.dropped ?? [];
  }

  #about(path: Path, message: string): string {
    return [this.field(path), message].filter((part) => part !== '').join(': ');
  }

  #original(path: Path): Path {
    const fullPath = [...this.#base, ...path];
    if (this.#lists.size === 0) return fullPath;
    return fullPath.map((step, at) => {
      if (typeof step !== 'number') return step;
      return this.#lists.get(JSON.stringify(fullPath.slice(0, at)))?.kept[step] ?? step;
    });
  }
}

/** The indices that the kept elements of a list have in the text, and the dropped elements. */
interface FilteredList {
  readonly kept: readonly number[];
  readonly dropped: readonly unknown[];
}

/** A path in Kubernetes' notation. A key that is not an identifier stands in brackets. */
function spell(path: Path): string {
  return path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(step)) return `[${show(step)}]`;
      return at === 0 ? step : `.${step}`;
    })
    .join('');
}
