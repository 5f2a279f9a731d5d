/** What a clock on the wall shows. Months from 1, Sunday is 0. */
export interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

/** Reads the clock of a time zone of the IANA database; undefined: of this machine's. */
export function wallClockIn(timeZone: string | undefined): (moment: Date) => WallClock {
  const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', weekday: 'short' },
    ...{ hour: 'numeric', minute: 'numeric' },
  });
  return (moment) => {
    const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
    return {
      ...{ year: number('year'), month: number('month'), day: number('day') },
      ...{
        weekday: names.indexOf(parts.get('weekday') ?? ''),
        hour: number('hour'),
        minute: number('minute'),
      },
    };
  };
}

/** What the API server finds wrong with a time zone; else undefined. */
export function timeZoneFault(name: string): string | undefined {
  if (name.toLowerCase() === 'local')
    return 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  const isName = name.split('/').every((part) => /^[A-Za-z_][A-Za-z_.0-9+-]*$/.test(part));
  return isName && isKnown(name) ? undefined : `unknown time zone ${name}`;
}

/** Intl does not distinguish upper and lower case; Go reads a file of that name, and so does Kubernetes. */
function isKnown(name: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions();
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}
