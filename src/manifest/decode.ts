import { didYouMean } from './did-you-mean.ts';
import { requiredValue } from './field-errors.ts';
import { leafFault, wrongType } from './leaf-fault.ts';
import type { Part, Path } from './node.ts';
import type { Report } from './report.ts';
import type { Dictionary, Leaf, List, ObjectType, Row, Shape } from './shape.ts';

/**
 * Decodes a value by its table of fields. Fields that are acted on are kept. Harmless fields are checked, reported and
 * dropped; refused fields are reported and dropped. Undefined: the value has faults, which were reported.
 *
 * zod checks only the leaves. A zod object for every type took three times as long: 9 ms for a manifest of two containers.
 */
export function decode<T>(value: unknown, shape: Shape<T>, report: Report): T | undefined {
  const decoder = new Decoder(report);
  const decoded = decoder.decode(value, shape, []);
  return decoder.faults > 0 || decoded === DROPPED ? undefined : (decoded as T);
}

/** A refused value: the rest is decoded without it. */
const DROPPED = Symbol('dropped');

class Decoder {
  faults = 0;
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  decode(value: unknown, shape: Shape, path: Path): unknown {
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
    const all = value.map((each, index) => this.decode(each, of, [...path, index]));
    const kept = [...all.keys()].filter((index) => all[index] !== DROPPED);
    if (kept.length === all.length) return all;
    const dropped = value.filter((_, index) => all[index] === DROPPED);
    this.#report.keepOnly(path, kept, dropped);
    return kept.map((index) => all[index]);
  }

  #map(value: unknown, { of }: Dictionary, path: Path): unknown {
    if (!isMap(value)) return this.#fault(path, wrongType(value, 'a map', this.#report.written(path)));
    // No prototype: a lookup of a label called "constructor" finds nothing.
    const all: Fields = Object.create(null);
    for (const key of Object.keys(value)) all[key] = this.decode(value[key], of, [...path, key]);
    return all;
  }

  #object(value: unknown, type: ObjectType, path: Path): unknown {
    if (!isMap(value)) return this.#fault(path, wrongType(value, 'a map', this.#report.written(path)));
    const fields: Fields = {};
    const dropped = Object.keys(value).map((key): Dropped => {
      const row = Object.hasOwn(type.rows, key) ? type.rows[key] : undefined;
      if (!row) {
        const known = Object.keys(type.rows);
        return this.#fault([...path, key], `unknown field${didYouMean(key, known)}`, 'key');
      }
      if (isUnset(value[key], row)) return undefined;
      return this.#field(value[key], row, [...path, key], (decoded) => {
        if (row.act === 'acted on' || type.inert) fields[key] = decoded;
        else this.#report.ignore([...path, key], row.note);
      });
    });
    for (const [key, { needed }] of Object.entries(type.rows)) {
      if (needed && isAbsent(value[key])) this.#fault([...path, key], requiredValue());
    }
    const isEmpty = type.choice.length > 0 && !type.choice.some((key) => key in fields);
    return dropped.includes('object') || (isEmpty && dropped.includes('field')) ? DROPPED : fields;
  }

  #field(value: unknown, row: Row, path: Path, keep: (value: unknown) => void): Dropped {
    if (row.act === 'refused') {
      this.#report.refuseField(path, row.note);
      return 'field';
    }
    const before = this.faults;
    const decoded = this.decode(value, row.shape, path);
    if (decoded === DROPPED) return 'field';
    // A value that Kubernetes refuses, too, was reported as a fault already.
    if (row.limit && this.faults === before && !row.limit.only(decoded)) {
      this.#report.refuseValue(path, decoded, row.limit.why);
      return row.limit.dropsObject ? 'object' : 'field';
    }
    keep(decoded);
    return undefined;
  }

  #fault(path: Path, message: string, part?: Part): undefined {
    this.faults += 1;
    this.#report.fault(path, message, part);
  }
}

type Fields = Record<string, unknown>;

/** What a refused field removes: the field alone, or the whole object that it is part of. Undefined: nothing. */
type Dropped = 'field' | 'object' | undefined;

/** Kubernetes' decoder ignores null, and treats an empty string in most fields as unset. */
function isUnset(value: unknown, { shape, needed }: Row): boolean {
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
