import type * as z from 'zod/mini';

/** The type of a field's value. */
export type Shape<T = unknown> = Leaf<T> | List<T> | Dictionary<T> | ObjectType<T>;

interface Reads<T> {
  /** Exists only for TypeScript: the type of the decoded value. */
  readonly reads?: T;
}

/** A string, a number or a boolean. Its zod schema is created at the first use. */
export interface Leaf<T = unknown> extends Reads<T> {
  readonly is: 'leaf';
  /** The name of the type, with its article: `a string`. */
  readonly wants: string;
  readonly schema: () => z.ZodMiniType<T>;
  /** The allowed strings of an enumeration. */
  readonly choices?: readonly string[] | undefined;
  /** The value that means "not set": Kubernetes fills in the default. */
  readonly none?: unknown;
}

export interface List<T = unknown> extends Reads<T> {
  readonly is: 'list';
  readonly of: Shape;
}

export interface Dictionary<T = unknown> extends Reads<T> {
  readonly is: 'map';
  readonly of: Shape;
}

/** A type of Kubernetes with its fields. */
export interface ObjectType<T = unknown> extends Reads<T> {
  readonly is: 'object';
  readonly name: string;
  readonly rows: Rows;
  /** The type is part of a harmless field: none of its fields is acted on. */
  readonly inert: boolean;
  /** The fields of which an object has exactly one (handlers, volume sources). Empty: no such rule. */
  readonly choice: readonly string[];
}

/** How nslab handles a field of Kubernetes. */
export type Act = 'acted on' | 'harmless' | 'refused';

/** The fields of a type, as in Kubernetes' API reference. */
export type Rows = Readonly<Record<string, Row>>;

/** One field: its type, how nslab handles it, and why. */
export interface Row<A extends Act = Act, T = unknown, Needed extends boolean = boolean> {
  readonly act: A;
  readonly shape: Shape<T>;
  readonly needed: Needed;
  readonly note: string;
  readonly limit?: Limit | undefined;
}

/** The supported values of a field. Any other value of Kubernetes is refused with the reason. */
export interface Limit {
  readonly only: (value: unknown) => boolean;
  readonly why: string;
  /** Drops the whole object with the field, because the object would mean something else without it: a probe without TLS. */
  readonly dropsObject?: boolean;
}

/** The TypeScript type of a decoded object: only the fields that are acted on. */
export type FieldsOf<R extends Rows> = {
  readonly [K in keyof R as R[K] extends Row<'acted on', unknown, true> ? K : never]: ValueOf<R[K]>;
} & {
  readonly [K in keyof R as R[K] extends Row<'acted on', unknown, false> ? K : never]?: ValueOf<R[K]>;
};

type ValueOf<R> = R extends Row<Act, infer T> ? T : never;

/** The TypeScript type of a decoded value. */
export type Read<S> = S extends Shape<infer T> ? T : never;

export function list<T>(of: Shape<T>): List<readonly T[]> {
  return { is: 'list', of };
}

export function map<T>(of: Shape<T>): Dictionary<Readonly<Record<string, T>>> {
  return { is: 'map', of };
}

export function leaf<T>(
  wants: string,
  make: () => z.ZodMiniType<T>,
  more: Pick<Leaf, 'choices' | 'none'> = {},
): Leaf<T> {
  let made: z.ZodMiniType<T> | undefined;
  return {
    is: 'leaf',
    wants,
    schema: () => (made ??= make()),
    none: wants === 'a string' ? '' : undefined,
    ...more,
  };
}
