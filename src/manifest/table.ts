import { KINDS } from './kinds/kinds.ts';
import type { Act, ObjectType, Shape } from './shape.ts';

/** How nslab handles one field of Kubernetes. */
export interface FieldRow {
  /** The name of the type in Kubernetes' API reference: `Container`. */
  readonly type: string;
  readonly field: string;
  readonly act: Act;
  readonly note: string;
}

/** Every field of every type, from the same tables that the decoder uses. */
export function fieldTable(): FieldRow[] {
  const rows = new Map<string, FieldRow>();
  for (const { type } of Object.values(KINDS)) addType(type, '', rows);
  return [...rows.values()];
}

/** The fields of an inert type are harmless for the reason of the field that contains it. */
function addType(type: ObjectType, because: string, rows: Map<string, FieldRow>): void {
  const added = Object.entries(type.rows).filter(([field]) => !rows.has(`${type.name}.${field}`));
  for (const [field, { act, note }] of added) {
    rows.set(`${type.name}.${field}`, { type: type.name, field, act, note: note || because });
  }
  for (const [, { shape, note }] of added) {
    const inner = objectIn(shape);
    if (inner) addType(inner, inner.inert ? note || because : '', rows);
  }
}

function objectIn(shape: Shape): ObjectType | undefined {
  if (shape.is === 'object') return shape;
  return shape.is === 'leaf' ? undefined : objectIn(shape.of);
}
