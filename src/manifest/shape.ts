import type * as z from 'zod/mini';

/** What a field holds. */
export type Shape<T = unknown> = Leaf<T> | List<T> | Dictionary<T> | ObjectType<T>;

interface Reads<T> {
  /** Never there: it tells TypeScript what is read. */
  readonly reads?: T;
}

/** A string, a number or a boolean: its schema is made when it is first asked for. */
export interface Leaf<T = unknown> extends Reads<T> {
  readonly is: 'leaf';
  /** What it is, with its article: `a string`. */
  readonly wants: string;
  readonly schema: () => z.ZodMiniType<T>;
  /** The only strings that it can be. */
  readonly choices?: readonly string[] | undefined;
  /** What is as good as nothing: Kubernetes fills its default in, as if the field were not there. */
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
  /** No field of it is acted on: it is a part of something harmless. */
  readonly inert: boolean;
  /** It holds one of these (handlers, sources of a volume), and is nothing without. Empty: any of its fields. */
  readonly choice: readonly string[];
}

/** What becomes of a field of Kubernetes here. */
export type Act = 'acted on' | 'harmless' | 'refused';

/** A table of fields, as Kubernetes' reference has one for each of its types. */
export type Rows = Readonly<Record<string, Row>>;

/** One field: what it holds, what becomes of it, and why. */
export interface Row<A extends Act = Act, T = unknown, Needed extends boolean = boolean> {
  readonly act: A;
  readonly shape: Shape<T>;
  readonly needed: Needed;
  readonly note: string;
  readonly limit?: Limit | undefined;
}

/** The values of a field that we can live with. Any other that Kubernetes knows is refused, saying why. */
export interface Limit {
  readonly only: (value: unknown) => boolean;
  readonly why: string;
  /** Without this field, what it is a part of would mean something else (a probe without its TLS): both go. */
  readonly whole?: boolean;
}

/** What is left of an object when it has been read: the fields that are acted on. */
export type FieldsOf<R extends Rows> = {
  readonly [K in keyof R as R[K] extends Row<'acted on', unknown, true> ? K : never]: ValueOf<R[K]>;
} & {
  readonly [K in keyof R as R[K] extends Row<'acted on', unknown, false> ? K : never]?: ValueOf<R[K]>;
};

type ValueOf<R> = R extends Row<Act, infer T> ? T : never;

/** The TypeScript type of what is read of a shape. */
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
