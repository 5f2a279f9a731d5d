import * as z from 'zod/mini';
import { nearest } from '../manifest/did-you-mean.ts';
import { InputError } from '../sys/errors.ts';

// What a program hands in is checked before anything is touched: its names, its types, its spelling. What only the machine can
// know (a name that is taken, an address that is free) is checked where it is acted on.

// zod's generated code takes longer to compile than it saves.
z.config({ jitless: true });

/** A schema of the library's border: from whatever a program hands in to what nslab works with. */
export type Schema<T> = z.ZodMiniType<T>;

/** Checks what a call was given. `call`: as a program writes it, `Pod.create`. */
export function check<T>(schema: Schema<T>, value: unknown, call: string): T {
  const found = z.safeParse(schema, value, { error: messageOf });
  if (found.success) return found.data;
  const lines = found.error.issues.map(({ path, message }) => `${call}: ${sentence(path, message)}`);
  throw new InputError(lines.join('\n'), { lines });
}

/** An object with these keys and no others. */
export function options<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.strictObject(shape);
}

/** Chooses the schema by the value. A text instead of a schema: the types that are wanted, in words. */
export function choose<T>(pick: (value: unknown) => Schema<T> | string): Schema<T> {
  return transform((value, fault) => {
    const schema = pick(value);
    return typeof schema === 'string' ? fault(wrongType(value, schema)) : read(schema, value, fault);
  });
}

/** Chooses the schema by the type of the value. `wants`: in words, for all other types. */
export function byType<T>(
  wants: string,
  schemas: Readonly<Partial<Record<'string' | 'number' | 'list' | 'object', Schema<T>>>>,
): Schema<T> {
  return choose((value) => {
    const kind = Array.isArray(value) ? 'list' : (typeof value as keyof typeof schemas);
    return (value === null ? undefined : schemas[kind]) ?? wants;
  });
}

/** What fits a schema, converted. An InputError of the conversion is a fault of the value. */
export function map<T, U>(schema: Schema<T>, convert: (value: T) => U): Schema<U> {
  return transform((value, fault) => {
    const fitting = read(schema, value, fault);
    try {
      return fitting === z.NEVER ? z.NEVER : convert(fitting);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return fault(`: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`);
    }
  });
}

/** Refuses every value, with the cure. */
export function refuse(cure: (value: string) => string): Schema<never> {
  return transform((value, fault) => fault(cure(String(value))));
}

/** A value that is handed on as it is. */
export function given<T>(wants: string, is: (value: unknown) => boolean): Schema<T> {
  return transform((value, fault) => (is(value) ? (value as T) : fault(wrongType(value, wants))));
}

/** Notes a fault of the value, or of what it has at `path`. */
type Fault = (message: string, path?: readonly PropertyKey[]) => never;

function transform<T>(convert: (value: unknown, fault: Fault) => T): Schema<T> {
  const fit = z.transform((value, { issues }) =>
    convert(value, (message, path = []) => {
      issues.push({ code: 'custom', input: value, message, path: [...path] });
      return z.NEVER;
    }),
  );
  return z.pipe(z.unknown(), fit) as unknown as Schema<T>;
}

/** `z.NEVER` after a fault. */
function read<T>(schema: Schema<T>, value: unknown, fault: Fault): T {
  const found = z.safeParse(schema, value, { error: messageOf });
  if (found.success) return found.data;
  for (const { path, message } of found.error.issues) fault(message, path);
  return z.NEVER;
}

/** What follows the name of a value: `is a number; a string is wanted`. */
function messageOf(issue: z.core.$ZodRawIssue): string {
  const { input } = issue;
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKey(String(issue.keys[0]), knownKeys(issue.inst));
    case 'invalid_value':
      return input === undefined
        ? ' is missing'
        : ` ${show(input)} is none of ${issue.values.map(show).join(', ')}`;
    case 'invalid_type':
      return wrongType(input, WANTS[issue.expected] ?? issue.expected);
    default:
      return issue.message ?? ' is none of what is documented';
  }
}

const WANTS: Readonly<Record<string, string>> = {
  ...{ string: 'a string', number: 'a number', boolean: 'true or false' },
  ...{ array: 'a list', object: 'an object', record: 'an object' },
};

function wrongType(value: unknown, wants: string): string {
  if (value === undefined) return ' is missing';
  const cure = wants === 'a string' && isPlain(value) ? `: write ${JSON.stringify(String(value))}` : '';
  return ` is ${kindOf(value)}, and ${wants} is wanted${cure}`;
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const cure = meant === undefined ? `: it is none of ${known.join(', ')}` : ` (did you mean "${meant}"?)`;
  return `: there is no option "${key}"${cure}`;
}

function knownKeys(schema: unknown): string[] {
  const { shape } = (schema as { readonly _zod: { readonly def: { readonly shape?: object } } })._zod.def;
  return Object.keys(shape ?? {});
}

/** `ports[0].hostPort is missing` */
function sentence(path: readonly PropertyKey[], message: string): string {
  const words = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  const subject = words.join('').replace(/^\./, '');
  return subject === '' ? `its argument${message}`.replace('its argument: ', '') : subject + message;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isPlain(value)) return `the ${typeof value} ${show(value)}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function isPlain(value: unknown): boolean {
  return ['number', 'boolean', 'bigint', 'string'].includes(typeof value);
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
