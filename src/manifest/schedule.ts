import { type WallClock, wallClockIn } from './time-zone.ts';

/**
 * When a schedule is due next after a moment, by the clock of a time zone; undefined: of this machine's. As in Kubernetes (robfig/cron), a
 * time that the clock skips is not due on that day, and one that it shows twice is due twice. Undefined: never, as on the 31st of
 * February.
 */
export function nextDue(text: string, after: Date, timeZone?: string): Date | undefined {
  const words = text.trim();
  const every = /^@every (.+)$/.exec(words)?.[1];
  if (every !== undefined) return new Date(after.getTime() + durationOf(every));
  const fields = (MACROS[words] ?? words)
    .split(/\s+/)
    .map((field, at) => valuesOf(field, FIELDS[at] as Field));
  const read = wallClockIn(timeZone);
  let due = Math.floor(after.getTime() / MINUTE) * MINUTE + MINUTE;
  const end = read(after).year + YEARS;
  for (;;) {
    const clock = read(new Date(due));
    if (clock.year > end) return undefined;
    if (!isOn(clock, fields)) due = nextDay(due, clock, read);
    else if (!fields[1]?.has(clock.hour)) due += (60 - clock.minute) * MINUTE;
    else if (!fields[0]?.has(clock.minute)) due += MINUTE;
    else return new Date(due);
  }
}

const MINUTE = 60_000;

/** A 29th of February can be eight years away. */
const YEARS = 8;

/** The first minute of the next day: 23 to 25 hours from the first of this one, and at 1 o'clock where the clock skips midnight. */
function nextDay(
  moment: number,
  { day, hour, minute }: WallClock,
  read: (moment: Date) => WallClock,
): number {
  const next = moment + (24 * 60 - hour * 60 - minute) * MINUTE;
  const clock = read(new Date(next));
  if (clock.day === day) return next + (60 - clock.minute) * MINUTE;
  const early = next - (clock.hour * 60 + clock.minute) * MINUTE;
  return read(new Date(early)).day === day ? next : early;
}

/** Where both days are limited, either counts: crontab(5). */
function isOn({ day, weekday, month }: WallClock, [, , days, months, weekdays]: readonly Values[]): boolean {
  const [inMonth, inWeek] = [days?.has(day), weekdays?.has(weekday)];
  const isDay = days?.isAny || weekdays?.isAny ? inMonth && inWeek : inMonth || inWeek;
  return Boolean(isDay && months?.has(month));
}

/** The values of a field. `isAny`: it limits nothing. */
interface Values extends Pick<ReadonlySet<number>, 'has'> {
  readonly isAny: boolean;
}

function valuesOf(text: string, field: Field): Values {
  const all = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step] = part.split('/');
    const [from = '', to] = /^[*?]$/.test(range) ? [] : range.split('-');
    const first = numberOf(from, field) ?? field.least;
    // As in robfig/cron, `5/15` is from 5 to the end.
    const last =
      to === undefined ? (from === '' || step !== undefined ? field.most : first) : numberOf(to, field);
    for (let value = first; value <= (last ?? first); value += Number(step ?? 1)) all.add(value);
  }
  return { has: (value) => all.has(value), isAny: /(^|,)[*?](,|$)/.test(text) };
}

/** A duration of Go: `1h30m`. At least a second. */
function durationOf(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  const sum = parts.reduce((all, [, amount, unit]) => all + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0);
  return Math.max(sum, 1000);
}

/** Of a duration of Go, in milliseconds: 64 bits of nanoseconds. */
const LONGEST = 2 ** 63 / 1e6;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Checks the schedule of a CronJob as crontab(5) has it. Returns what is wrong, else undefined. */
export function scheduleFault(text: string): string | undefined {
  const words = text.trim();
  if (text.includes('TZ')) return 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  if (words.startsWith('@')) {
    if (Object.hasOwn(MACROS, words)) return undefined;
    const [, every] = /^@every ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)$/.exec(words) ?? [];
    if (every !== undefined)
      return durationOf(every) > LONGEST
        ? `failed to parse duration ${words}: time: invalid duration`
        : undefined;
    return `unrecognized descriptor: ${words}`;
  }
  const fields = words.split(/\s+/);
  if (fields.length !== FIELDS.length)
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  return fields
    .map((field, index) => fieldFault(field, FIELDS[index] as Field))
    .find((it) => it !== undefined);
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

interface Field {
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  {
    least: 1,
    most: 12,
    names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // Sunday is 0, and in many crontabs 7 as well; Kubernetes refuses 7.
  { least: 0, most: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

function fieldFault(text: string, field: Field): string | undefined {
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]*)(?:\/(\d+))?$/.exec(part) ?? [];
    const [from = '', to = from, more] = range.split('-');
    const numbers = /^[*?]$/.test(range) ? [] : [from, to].map((word) => numberOf(word, field));
    if (range === '' || more !== undefined || numbers.includes(undefined))
      return `failed to parse the part ${JSON.stringify(part)}`;
    if (step !== undefined && Number(step) === 0) return `step of range should be a positive number: ${part}`;
    const [first = field.least, last = field.most] = numbers as number[];
    if (first < field.least || last > field.most)
      return `${part} is not between ${field.least} and ${field.most}`;
    if (first > last) return `the beginning of the range ${part} is beyond its end`;
  }
  return undefined;
}

function numberOf(word: string, { names = [] }: Field): number | undefined {
  const named = word === '' ? -1 : names.indexOf(word.toLowerCase());
  if (named >= 0) return named;
  return /^\d{1,3}$/.test(word) ? Number(word) : undefined;
}
