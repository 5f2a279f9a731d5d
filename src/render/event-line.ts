import type { ObservedEvent } from '../spec/observed-event.ts';
import { jsonLine } from './output.ts';

/** `12:34:56.789012 link       host       nsv5klbd6id   up` */
export function eventLine({ time, type, where, object, message }: ObservedEvent): string {
  return [timeOfDay(time), type.padEnd(10), (where ?? '-').padEnd(12), object, ' ', message].join(' ');
}

/** The same as one line of JSON. */
export function eventJson({ time, ...event }: ObservedEvent): string {
  const date = new Date(Number(time / 1_000_000n)).toISOString();
  const document = {
    apiVersion: 'nslab/v1',
    kind: 'ObservedEvent',
    time: date.replace(/\.\d+Z$/, `.${microsOf(time)}Z`),
  };
  return jsonLine({ ...document, ...event }).trimEnd();
}

/** Local, to the microsecond. */
export function timeOfDay(time: bigint): string {
  const date = new Date(Number(time / 1_000_000n));
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((each) =>
    String(each).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${microsOf(time)}`;
}

function microsOf(time: bigint): string {
  return String((time / 1000n) % 1_000_000n).padStart(6, '0');
}
