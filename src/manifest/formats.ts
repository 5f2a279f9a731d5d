import { isIP } from 'node:net';
import * as z from 'zod/mini';
import { misfit } from './patterns.ts';
import { nanoOf } from './quantity.ts';
import { type Leaf, leaf } from './shape.ts';
import { between } from './wording.ts';

// No code is made at run time: for a manifest that is read once, it would cost more than it saves.
z.config({ jitless: true });

// What Kubernetes' fields hold when it is no object: strings, numbers and booleans, and the limits that each has.

const INT32 = 2 ** 31 - 1;

export const anything = leaf('anything', () => z.unknown());
export const text = leaf('a string', () => z.string());
export const flag = leaf('a boolean', () => z.boolean());
/** A string that Kubernetes wants something in. */
export const words = string((it) => (it === '' ? 'must not be empty' : undefined));
/** RFC 3339, as Kubernetes writes it. */
export const time = orNone(
  leaf('a string', () =>
    z.iso.datetime({ offset: true, error: 'must be a time, as in 2006-01-02T15:04:05Z' }),
  ),
  undefined,
);
/** For 64 bits in Kubernetes, and for 53 here: nobody writes the rest. */
export const integer = range(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

export const int32 = range(-INT32 - 1, INT32);
export const count = range(0, INT32, 'must be greater than or equal to 0');
/** A number of a probe, where 0 is what Kubernetes' default stands for. */
export const countOrDefault = orNone(count, 0);
export const positive = range(1, INT32, 'must be greater than 0');
/** For 64 bits in Kubernetes; here, as its other times, for 31: 68 years. */
export const seconds = range(0, INT32);
export const positiveSeconds = range(1, INT32);
export const port = range(1, 65535);
export const portOrNone = orNone(range(0, 65535, between(1, 65535)), 0);
export const userId = range(0, INT32);
export const fileMode = range(0, 0o777, 'must be a number between 0 and 0777 (octal), both inclusive');

export const dnsLabel = string((it) => misfit('dnsLabel', it));
export const subdomain = string((it) => misfit('subdomain', it));
export const portName = string((it) => misfit('portName', it));
export const envName = string((it) => misfit('envName', it));
export const configKey = string((it) => misfit('configKey', it));
export const headerName = string((it) => misfit('headerName', it));
export const sysctlName = string((it) => misfit('sysctl', it));
export const ipAddress = string((it) =>
  isIP(it) === 0 ? 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)' : undefined,
);
/** What an emptyDir is made of. The kubelet knows no other. */
export const medium = string((it) =>
  /^(Memory|HugePages(-[0-9.]+[KMGTPE]?i?)?)$/.test(it) ? undefined : 'must be Memory or HugePages',
);
/** Bytes as JSON has them: RFC 4648, padded; line ends do not count. */
export const base64 = string((it) => {
  const bytes = it.replace(/[\r\n]/g, '');
  return bytes.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bytes)
    ? undefined
    : 'must be base64 (for a plain string: stringData of a Secret, data of a ConfigMap)';
});

/** "10Mi", "500m", 0.5: Kubernetes takes a number too, and keeps it as a string. */
export const quantity = orNone(
  leaf<string>('a quantity', () => {
    const given = z.union([z.string(), z.number(), z.bigint()], 'a string or a number');
    const why = 'a quantity is a number and a unit, as in 10Mi, 500m or 1e3';
    const kept = z.string().check(telling((it: string) => (nanoOf(it) === undefined ? why : undefined)));
    return z.pipe(z.pipe(given, z.transform(String)), kept);
  }),
  undefined,
);

/** A port, or the name that a container gives to one. */
export const portOrName = leaf('an integer or a string', () =>
  z.union([port.schema(), portName.schema()], 'an integer or a string'),
);
export const integerOrText = leaf('an integer or a string', () =>
  z.union([int32.schema(), z.string()], 'an integer or a string'),
);

export function choice<const C extends string>(...choices: readonly C[]): Leaf<C> {
  return leaf('a string', () => z.enum(choices), { choices, none: undefined });
}

/** A whole number between two. */
export function range(least: number, most: number, why = between(least, most)): Leaf<number> {
  const wrong = (it: number) => (Number.isInteger(it) && it >= least && it <= most ? undefined : why);
  return leaf('an integer', () => z.number().check(telling(wrong)));
}

function string(wrong: (it: string) => string | undefined): Leaf<string> {
  return leaf('a string', () => z.string().check(telling(wrong)));
}

/** The same, with another value that is as good as nothing. */
function orNone<T>(shape: Leaf<T>, none: unknown): Leaf<T> {
  return { ...shape, none };
}

/** One kind of check for all: each of zod's own takes half a millisecond when it is first made. */
function telling<T>(wrong: (value: T) => string | undefined) {
  return z.check<T>(({ value, issues }) => {
    const message = wrong(value);
    if (message !== undefined) issues.push({ code: 'custom', input: value, message });
  });
}
