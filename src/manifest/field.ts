import { anything } from './formats.ts';
import type { FieldsOf, Limit, ObjectType, Row, Rows, Shape } from './shape.ts';

/** A type of Kubernetes with every field that it has. `choice`: it holds one of these. */
export function object<const R extends Rows>(
  name: string,
  rows: R,
  { choice = [] }: { readonly choice?: readonly (keyof R & string)[] } = {},
): ObjectType<FieldsOf<R>> {
  return { is: 'object', name, rows, choice, inert: false };
}

/** A type that is a part of something harmless: its fields are checked, and then nobody reads them. */
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

/** It means nothing on one machine without a cluster. Its type is checked in full depth all the same. */
export function harmless(shape: Shape, note: string, limit?: Limit): Row<'harmless', unknown, false> {
  return { act: 'harmless', shape, needed: false, note, limit };
}

/** A harmless field without which Kubernetes refuses what it is a part of. */
export function needed(shape: Shape): Row<'harmless', unknown, true> {
  return { act: 'harmless', shape, needed: true, note: '' };
}

/** A real field that changes what a workload sees, and that we do not act on: not passed over in silence. */
export function refused(note: string): Row<'refused', unknown, false> {
  return { act: 'refused', shape: anything, needed: false, note };
}

/** The limit of a field that can only be switched off here. */
export function only(values: readonly unknown[], why: string): Limit {
  return { only: (value) => values.includes(value), why };
}
