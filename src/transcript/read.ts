import { readFileSync } from 'node:fs';
import type { Event } from './event.ts';

/** The events of a diary, from byte `start` on, as they were written. A line that a full disk has cut is left out. */
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
