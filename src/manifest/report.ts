import type { ManifestDocument } from './document.ts';
import type { Findings, Place } from './findings.ts';
import type { Part, Path } from './node.ts';
import { show } from './wording.ts';

/** What is said about one manifest: findings, by the path of the field that they are about. */
export class Report {
  readonly #findings: Findings;
  readonly #document: ManifestDocument;
  readonly #base: Path;
  /** By the path of the list. Shared by all reports of one manifest. */
  readonly #lists: Map<string, Shrunk>;

  constructor(
    findings: Findings,
    document: ManifestDocument,
    base: Path = [],
    lists = new Map<string, Shrunk>(),
  ) {
    this.#findings = findings;
    this.#document = document;
    this.#base = base;
    this.#lists = lists;
  }

  /** The same manifest, seen from one of its fields. */
  at(...path: Path): Report {
    return new Report(this.#findings, this.#document, [...this.#base, ...path], this.#lists);
  }

  fault(path: Path, message: string, part: Part = 'value'): void {
    this.#findings.fault(this.place(path, part), this.#about(path, message));
  }

  warn(path: Path, message: string): void {
    this.#findings.warn(this.place(path), this.#about(path, message));
  }

  /** A harmless field. */
  pass(path: Path, why: string): void {
    this.#findings.pass(this.place(path, 'key'), this.field(path), why);
  }

  /** A field of Kubernetes that we do not act on. */
  refuseField(path: Path, why: string): void {
    const field = this.field(path);
    this.#findings.refuse(this.place(path, 'key'), field, `${field} is a field of Kubernetes`, why);
  }

  /** A value of Kubernetes that we do not act on, in a field that we know. */
  refuseValue(path: Path, value: unknown, why: string): void {
    const field = this.field(path);
    const what = typeof value === 'object' ? `${field} has a value` : `${field}: ${show(value)} is a value`;
    this.#findings.refuse(this.place(path), field, `${what} of Kubernetes`, why);
  }

  /** A kind of object that we do not act on. */
  refuseKind(kind: string, why: string): void {
    const field = this.field(['kind']);
    this.#findings.refuse(this.place(['kind']), field, `${field}: ${kind} is a kind`, why);
  }

  place(path: Path, part?: Part): Place {
    return this.#document.place(this.#original(path), part);
  }

  written(path: Path): string | undefined {
    return this.#document.written(this.#original(path));
  }

  /** `spec.containers[0].name`, as the manifest counts. */
  field(path: Path): string {
    return spell(this.#original(path));
  }

  /** Elements of a list were taken out: what is called 0 from now on was `kept[0]`. */
  keepOnly(path: Path, kept: readonly number[], lost: readonly unknown[] = []): void {
    this.#lists.set(JSON.stringify([...this.#base, ...path]), { kept, lost });
  }

  /** What was taken out of a list. */
  lostFrom(path: Path): readonly unknown[] {
    return this.#lists.get(JSON.stringify([...this.#base, ...path]))?.lost ?? [];
  }

  #about(path: Path, message: string): string {
    return [this.field(path), message].filter((part) => part !== '').join(': ');
  }

  #original(path: Path): Path {
    const whole = [...this.#base, ...path];
    if (this.#lists.size === 0) return whole;
    return whole.map((step, at) => {
      if (typeof step !== 'number') return step;
      return this.#lists.get(JSON.stringify(whole.slice(0, at)))?.kept[step] ?? step;
    });
  }
}

/** A list out of which elements were taken, and the indices that those which stayed have in the text. */
interface Shrunk {
  readonly kept: readonly number[];
  readonly lost: readonly unknown[];
}

/** A path as Kubernetes spells it. A key that is no identifier stands in brackets. */
function spell(path: Path): string {
  return path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(step)) return `[${show(step)}]`;
      return at === 0 ? step : `.${step}`;
    })
    .join('');
}
