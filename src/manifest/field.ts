import { anything } from './formats.ts';
import type { FieldsOf, Limit, ObjectType, Row, Rows, Shape } from './shape.ts';

/** A type of Kubernetes with all of its fields. `choice`: fields of which an object has exactly one. */
export function object<const R extends Rows>(
  name: string,
  rows: R,
  { choice = [] }: { readonly choice?: readonly (keyof R & string)[] } = {},
): ObjectType<FieldsOf<R>> {
  return { is: 'object', name, rows, choice, inert: false };
}

/** A type inside a harmless field: its fields are checked and not used. */
export function inert(name: string, fields: Readonly<Record<string, Shape | Row>>): ObjectType {
  const rows = Object.entries(fields).map(([key, it]) => [key, 'act' in it ? it : harmless(it, '')] as const);
  return { is: 'object', name, rows: Object.fromEntries(rows), choice: [], inert: true };
}

export function acted<T>(shape: Shape<T>, note = '', limit?: Limit): Row<'acted on', T, false> {
  return { act: 'acted on', shape, needed: false, note, limit };
}

export function required<T>(shape: Shape<T>, note = '', limit?: Limit): Row<'acted on', T, true> {
  return { act: 'acted on', shape, needed: true, note, limit };
}

/** A field without meaning on one machine without a cluster. Its value is still checked in full depth. */
export function harmless(shape: Shape, note: string, limit?: Limit): Row<'harmless', unknown, false> {
  return { act: 'harmless', shape, needed: false, note, limit };
}

/** A harmless field that Kubernetes requires in its object. */
export function needed(shape: Shape): Row<'harmless', unknown, true> {
  return { act: 'harmless', shape, needed: true, note: '' };
}

/** A field that changes what a workload sees and that nslab does not support: an error, unless --ignore-unsupported. */
export function refused(note: string): Row<'refused', unknown, false> {
  return { act: 'refused', shape: anything, needed: false, note };
}

/** Limits a field to some of its values. */
export function only(values: readonly unknown[], why: string): Limit {
  return { only: (value) => values.includes(value), why };
}
