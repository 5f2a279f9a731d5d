import { didYouMean } from './did-you-mean.ts';
import { leafFault, wrongType } from './leaf-fault.ts';
import type { Part, Path } from './node.ts';
import type { Report } from './report.ts';
import type { Dictionary, Leaf, List, ObjectType, Row, Shape } from './shape.ts';
import { requiredValue } from './wording.ts';

/**
 * Reads a value by its table of fields: what is acted on remains; what is refused or harmless is reported and gone,
 * the latter after a look at its type. Undefined: something is wrong with it, which was reported.
 *
 * The tables are walked here, and zod judges what stands in the fields: an object of zod's for every type took three
 * times as long to make and to ask, 9 ms for a manifest of two containers.
 */
export function admit<T>(value: unknown, shape: Shape<T>, report: Report): T | undefined {
  const walk = new Walk(report);
  const admitted = walk.admit(value, shape, []);
  return walk.faults > 0 || admitted === LOST ? undefined : (admitted as T);
}

/** Refused, and gone: the rest is read without it. */
const LOST = Symbol('lost');

class Walk {
  faults = 0;
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  admit(value: unknown, shape: Shape, path: Path): unknown {
    if (shape.is === 'leaf') return this.#leaf(value, shape, path);
    if (shape.is === 'list') return this.#list(value, shape, path);
    return shape.is === 'map' ? this.#map(value, shape, path) : this.#object(value, shape, path);
  }

  #leaf(value: unknown, shape: Leaf, path: Path): unknown {
    const result = shape.schema().safeParse(value);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    return this.#fault(path, issue ? leafFault(issue, value, shape, this.#report.written(path)) : '');
  }

  #list(value: unknown, { of }: List, path: Path): unknown {
    if (!Array.isArray(value))
      return this.#fault(path, wrongType(value, 'a list', this.#report.written(path)));
    const all = value.map((each, index) => this.admit(each, of, [...path, index]));
    const kept = [...all.keys()].filter((index) => all[index] !== LOST);
    if (kept.length === all.length) return all;
    const lost = value.filter((_, index) => all[index] === LOST);
    this.#report.keepOnly(path, kept, lost);
    return kept.map((index) => all[index]);
  }

  #map(value: unknown, { of }: Dictionary, path: Path): unknown {
    if (!isMap(value)) return this.#fault(path, wrongType(value, 'a map', this.#report.written(path)));
    // Without a prototype: whoever looks up a label called "constructor" finds nothing.
    const all: Fields = Object.create(null);
    for (const key of Object.keys(value)) all[key] = this.admit(value[key], of, [...path, key]);
    return all;
  }

  #object(value: unknown, type: ObjectType, path: Path): unknown {
    if (!isMap(value)) return this.#fault(path, wrongType(value, 'a map', this.#report.written(path)));
    const fields: Fields = {};
    const fates = Object.keys(value).map((key): Fate => {
      const row = Object.hasOwn(type.rows, key) ? type.rows[key] : undefined;
      if (!row) {
        const known = Object.keys(type.rows);
        return this.#fault([...path, key], `unknown field${didYouMean(key, known)}`, 'key');
      }
      if (isNothing(value[key], row)) return undefined;
      return this.#field(value[key], row, [...path, key], (it) => {
        if (row.act === 'acted on' || type.inert) fields[key] = it;
        else this.#report.pass([...path, key], row.note);
      });
    });
    for (const [key, { needed }] of Object.entries(type.rows)) {
      if (needed && isAbsent(value[key])) this.#fault([...path, key], requiredValue());
    }
    const empty = type.choice.length > 0 && !type.choice.some((key) => key in fields);
    return fates.includes('lost with all') || (empty && fates.includes('lost')) ? LOST : fields;
  }

  #field(value: unknown, row: Row, path: Path, keep: (value: unknown) => void): Fate {
    if (row.act === 'refused') {
      this.#report.refuseField(path, row.note);
      return 'lost';
    }
    const before = this.faults;
    const admitted = this.admit(value, row.shape, path);
    if (admitted === LOST) return 'lost';
    // What Kubernetes would not take either was a fault.
    if (row.limit && this.faults === before && !row.limit.only(admitted)) {
      this.#report.refuseValue(path, admitted, row.limit.why);
      return row.limit.whole ? 'lost with all' : 'lost';
    }
    keep(admitted);
    return undefined;
  }

  #fault(path: Path, message: string, part?: Part): undefined {
    this.faults += 1;
    this.#report.fault(path, message, part);
  }
}

type Fields = Record<string, unknown>;

/** What became of a field that was not kept. */
type Fate = 'lost' | 'lost with all' | undefined;

/** Null is what Kubernetes' decoder passes over; an empty string is mostly what it takes for none. */
function isNothing(value: unknown, { shape, needed }: Row): boolean {
  return (
    isAbsent(value) || (!needed && shape.is === 'leaf' && shape.none !== undefined && value === shape.none)
  );
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
