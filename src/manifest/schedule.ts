/** When a schedule is due next after a moment, in this machine's time zone. Undefined: never, as on the 31st of February. */
export function nextDue(text: string, after: Date): Date | undefined {
  const words = text.trim().replace(/^(TZ|CRON_TZ)=\S+\s+/, '');
  const every = /^@every (.+)$/.exec(words)?.[1];
  if (every !== undefined) return new Date(after.getTime() + durationOf(every));
  const fields = (MACROS[words] ?? words)
    .split(/\s+/)
    .map((field, at) => valuesOf(field, FIELDS[at] as Field));
  const due = new Date(after);
  due.setSeconds(0, 0);
  for (const end = after.getFullYear() + YEARS; due.getFullYear() <= end; ) {
    due.setMinutes(due.getMinutes() + 1);
    if (!isOn(due, fields)) due.setHours(23, 59);
    else if (fields[1]?.has(due.getHours()) && fields[0]?.has(due.getMinutes())) return due;
  }
  return undefined;
}

/** A 29th of February can be eight years away. */
const YEARS = 8;

/** Where both days are limited, either counts: crontab(5). */
function isOn(day: Date, [, , days, months, weekdays]: readonly Values[]): boolean {
  const [inMonth, inWeek] = [days?.has(day.getDate()), weekdays?.has(day.getDay())];
  const isDay = days?.isAny || weekdays?.isAny ? inMonth && inWeek : inMonth || inWeek;
  return Boolean(isDay && months?.has(day.getMonth() + 1));
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

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Checks the schedule of a CronJob as crontab(5) has it. Returns what is wrong, else undefined. */
export function scheduleFault(text: string): string | undefined {
  const words = text.trim().replace(/^(TZ|CRON_TZ)=\S+\s+/, '');
  if (words.startsWith('@')) {
    if (Object.hasOwn(MACROS, words) || /^@every (\d+(\.\d+)?(ms|h|m|s))+$/.test(words)) return undefined;
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
    if (step === '0') return `step of range should be a positive number: ${part}`;
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
