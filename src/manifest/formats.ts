import { isIP } from 'node:net';
import * as z from 'zod/mini';
import { between } from './field-errors.ts';
import { formatFault } from './patterns.ts';
import { nanoOf } from './quantity.ts';
import { scheduleFault } from './schedule.ts';
import { type Leaf, leaf } from './shape.ts';
import { timeZoneFault } from './time-zone.ts';

// zod's generated code takes longer to compile than it saves: each manifest is read once.
z.config({ jitless: true });

// The scalar formats of Kubernetes' fields: strings, numbers and booleans, with their limits.

const INT32 = 2 ** 31 - 1;

export const anything = leaf('anything', () => z.unknown());
export const text = leaf('a string', () => z.string());
export const flag = leaf('a boolean', () => z.boolean());
/** A string that must not be empty. */
export const words = string((it) => (it === '' ? 'must not be empty' : undefined));
/** RFC 3339, as Kubernetes writes it. */
export const time = orNone(
  leaf('a string', () =>
    z.iso.datetime({ offset: true, error: 'must be a time, as in 2006-01-02T15:04:05Z' }),
  ),
  undefined,
);
/** 64 bits in Kubernetes; 53 here, the safe integers of JavaScript. */
export const integer = range(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

export const int32 = range(-INT32 - 1, INT32);
export const count = range(0, INT32, 'must be greater than or equal to 0');
/** A number of a probe: 0 means Kubernetes' default. */
export const countOrDefault = orNone(count, 0);
export const positive = range(1, INT32, 'must be greater than 0');
/** 64 bits in Kubernetes; here 31 bits, like its other times: 68 years. */
export const seconds = range(0, INT32);
export const positiveSeconds = range(1, INT32);
export const port = range(1, 65535);
export const portOrNone = orNone(range(0, 65535, between(1, 65535)), 0);
export const userId = range(0, INT32);
export const fileMode = range(0, 0o777, 'must be a number between 0 and 0777 (octal), both inclusive');

export const dnsLabel = string((it) => formatFault('dnsLabel', it));
export const subdomain = string((it) => formatFault('subdomain', it));
export const portName = string((it) => formatFault('portName', it));
export const envName = string((it) => formatFault('envName', it));
export const configKey = string((it) => formatFault('configKey', it));
export const headerName = string((it) => formatFault('headerName', it));
export const sysctlName = string((it) => formatFault('sysctl', it));
export const ipAddress = string((it) =>
  isIP(it) === 0 ? 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)' : undefined,
);
/** Five fields of crontab(5), or one of its words. github.com/robfig/cron/parser.go */
export const schedule = string((it) => scheduleFault(it));
export const timeZone = orNone(string(timeZoneFault), undefined);
/** The `medium` of an emptyDir: the values that the kubelet accepts. */
export const medium = string((it) =>
  /^(Memory|HugePages(-[0-9.]+[KMGTPE]?i?)?)$/.test(it) ? undefined : 'must be Memory or HugePages',
);
/** Base64 of RFC 4648 with padding. Line breaks are ignored. */
export const base64 = string((it) => {
  const bytes = it.replace(/[\r\n]/g, '');
  return bytes.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bytes)
    ? undefined
    : 'must be base64 (for a plain string: stringData of a Secret, data of a ConfigMap)';
});

/** "10Mi", "500m", 0.5: Kubernetes also accepts a number, and stores it as a string. */
export const quantity = orNone(
  leaf<string>('a quantity', () => {
    const given = z.union([z.string(), z.number(), z.bigint()], 'a string or a number');
    const why = 'a quantity is a number and a unit, as in 10Mi, 500m or 1e3';
    const kept = z.string().check(refine((it: string) => (nanoOf(it) === undefined ? why : undefined)));
    return z.pipe(z.pipe(given, z.transform(String)), kept);
  }),
  undefined,
);

/** A port number, or the name of a container port. */
export const portOrName = leaf('an integer or a string', () =>
  z.union([port.schema(), portName.schema()], 'an integer or a string'),
);
export const integerOrText = leaf('an integer or a string', () =>
  z.union([int32.schema(), z.string()], 'an integer or a string'),
);

export function choice<const C extends string>(...choices: readonly C[]): Leaf<C> {
  return leaf('a string', () => z.enum(choices), { choices, none: undefined });
}

/** An integer from `least` to `most`, inclusive. */
export function range(least: number, most: number, why = between(least, most)): Leaf<number> {
  const wrong = (it: number) => (Number.isInteger(it) && it >= least && it <= most ? undefined : why);
  return leaf('an integer', () => z.number().check(refine(wrong)));
}

function string(wrong: (it: string) => string | undefined): Leaf<string> {
  return leaf('a string', () => z.string().check(refine(wrong)));
}

/** The same format, where the value `none` means that the field is not set. */
function orNone<T>(shape: Leaf<T>, none: unknown): Leaf<T> {
  return { ...shape, none };
}

/** One custom check for all formats: each of zod's own checks takes half a millisecond to create. */
function refine<T>(wrong: (value: T) => string | undefined) {
  return z.check<T>(({ value, issues }) => {
    const message = wrong(value);
    if (message !== undefined) issues.push({ code: 'custom', input: value, message });
  });
}
