import type { Palette } from '../render/palette.ts';
import { plain, plainLines } from '../render/plain.ts';
import { errnoWords } from '../sys/errors.ts';
import { openStepTracker } from '../transcript/by-step.ts';
import type { Event } from '../transcript/event.ts';
import { type Manner, openTextRenderer } from '../transcript/text.ts';

/** Formats events as text, one by one. Control characters are escaped: the texts may come from any program. */
export function openEventFormatter(
  colors: Palette,
  options: Pick<Manner, 'planned' | 'since' | 'bytes'> = {},
): (event: Event) => string {
  const attribute = openStepTracker();
  const errnoName = (errno: number) => errnoWords(errno)[0];
  const format = openTextRenderer({ ...options, errnoName, colors });
  return (event) => format(escapeControls(attribute(event)));
}

/** A copy with every control character escaped. Newlines are kept only in the texts of a batch. */
function escapeControls(event: Event): Event {
  const copy = JSON.parse(JSON.stringify(event), (key, value) => {
    if (typeof value !== 'string') return value;
    return MULTILINE.includes(key) ? plainLines(value) : plain(value);
  });
  return copy as Event;
}

const MULTILINE = ['purpose', 'equivalent', 'input'];
