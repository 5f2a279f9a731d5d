/** A JSON Schema: https://json-schema.org/draft/2020-12 */
export type Schema = { readonly [keyword: string]: unknown };

export const STRING = { type: 'string' };
export const INTEGER = { type: 'integer' };
export const NUMBER = { type: 'number' };
export const BOOLEAN = { type: 'boolean' };
export const STRINGS = list(STRING);
export const TIME = { type: 'string', format: 'date-time' };
export const INODE = { type: 'integer', minimum: 1 };

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function nullable(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function either(...schemas: readonly Schema[]): Schema {
  return { anyOf: schemas };
}

export function words(...values: readonly string[]): Schema {
  return { enum: values };
}

/** Values of one kind under any name. */
export function record(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

type Fields = Readonly<Record<string, Schema>>;

/** Fields that are always there, and others. More may be added by a later version. */
export function fields(required: Fields, optional: Fields = {}): Schema {
  return { type: 'object', properties: { ...required, ...optional }, required: Object.keys(required) };
}

/** A whole document of `-o json`. */
export function document(kind: string, about: string, required: Fields, optional: Fields = {}): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: kind,
    description: about,
    ...fields({ apiVersion: { const: 'nslab/v1' }, kind: { const: kind }, ...required }, optional),
  };
}
