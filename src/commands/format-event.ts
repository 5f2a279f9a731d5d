import { palette, type When } from '../render/palette.ts';
import { plainLines } from '../render/plain.ts';
import { errnoWords } from '../sys/errors.ts';
import { openStepTracker } from '../transcript/by-step.ts';
import type { Event } from '../transcript/event.ts';
import { type Manner, openTextRenderer } from '../transcript/text.ts';

/** Formats events for a stream, one by one. Control characters are escaped: the texts may come from any program. */
export function openEventFormatter(
  stream: { isTTY?: boolean },
  color: When | undefined,
  options: Pick<Manner, 'planned' | 'since' | 'bytes'> = {},
): (event: Event) => string {
  const attribute = openStepTracker();
  const errnoName = (errno: number) => errnoWords(errno)[0];
  const format = openTextRenderer({ ...options, errnoName, colors: palette(stream, color) });
  return (event) => format(escapeControls(attribute(event)));
}

function escapeControls(event: Event): Event {
  const text = JSON.stringify(event);
  return JSON.parse(text, (_, value) => (typeof value === 'string' ? plainLines(value) : value)) as Event;
}
