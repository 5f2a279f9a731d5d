/** A time axis without the idle times: a call an hour later would leave a sliver for all others. */
export interface TimeAxis {
  /** Milliseconds that it shows. */
  readonly shown: number;
  /** Where it is cut, and how many milliseconds are left out there. */
  readonly cuts: ReadonlyArray<{ readonly at: number; readonly idle: number }>;
  /** The position of a moment, in percent. */
  position(ms: number): number;
}

interface Span {
  readonly at: number;
  readonly took: number;
}

/** The axis is cut where nothing happens for longer than a quarter of all that happens, and for 20 ms at least. */
const LONG = 0.25;
const LEAST = 20;
/** What is left of an idle time, of all that happens. */
const REST = 0.04;

/** Lays out an axis for calls, which may overlap. It begins at 0. */
export function timeAxis(calls: readonly Span[]): TimeAxis {
  const busy = busyTimes(calls);
  const work = Math.max(1, sum(busy.map(({ took }) => took)));
  const idle = busy.slice(1).map(({ at }, index) => {
    const from = endOf(busy[index] as Span);
    return { from, length: at - from };
  });
  const long = idle.filter(({ length }) => length > Math.max(LEAST, LONG * work));
  const rest = REST * work;
  const squeezed = (ms: number) =>
    ms - sum(long.map(({ from, length }) => Math.min(Math.max(0, ms - from), length) * (1 - rest / length)));
  const total = Math.max(1, squeezed(Math.max(1, ...busy.map(endOf))));
  const position = (ms: number) => (100 * squeezed(ms)) / total;
  return {
    shown: total - rest * long.length,
    cuts: long.map(({ from, length }) => ({ at: position(from + length / 2), idle: length })),
    position,
  };
}

/** When calls ran: overlapping ones are one span. */
function busyTimes(calls: readonly Span[]): Span[] {
  const spans: Span[] = [{ at: 0, took: 0 }];
  for (const call of [...calls].sort((a, b) => a.at - b.at)) {
    const last = spans.at(-1) as Span;
    if (call.at > endOf(last)) spans.push(call);
    else spans[spans.length - 1] = { at: last.at, took: Math.max(last.took, endOf(call) - last.at) };
  }
  return spans;
}

function endOf({ at, took }: Span): number {
  return at + took;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((so, number) => so + number, 0);
}
