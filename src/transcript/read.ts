import { readFileSync } from 'node:fs';
import type { Event } from './event.ts';

/** The events of a transcript, from byte `start` on, as they were written. A line that a full disk has cut is left out. */
export function readEvents(path: string, start = 0): Event[] {
  let text: string;
  try {
    text = readFileSync(path).subarray(start).toString('utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Event];
    } catch {
      return [];
    }
  });
}

/** Those of one process and of the children that it cloned: what a shim has done, among all that share the transcript. */
export function eventsOf(pid: number, events: readonly Event[]): Event[] {
  const family = new Set([pid]);
  for (const { who, call, result } of events) if (family.has(who) && call === 'clone') family.add(result);
  return events.filter(({ who }) => family.has(who));
}
