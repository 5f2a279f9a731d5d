import type { Palette } from '../render/palette.ts';
import { plain, plainLines } from '../render/plain.ts';
import { errnoWords } from '../sys/errors.ts';
import { openStepTracker } from '../transcript/by-step.ts';
import type { Event } from '../transcript/event.ts';
import { type Manner, openTextRenderer } from '../transcript/text.ts';

/** Renders events as text, one by one. What they contain may come from anyone. */
export function openTeller(
  colors: Palette,
  manner: Pick<Manner, 'planned' | 'since' | 'bytes'> = {},
): (event: Event) => string {
  const attribute = openStepTracker();
  const errnoName = (errno: number) => errnoWords(errno)[0];
  const tell = openTextRenderer({ ...manner, errnoName, colors });
  return (event) => tell(harmless(attribute(event)));
}

/** A copy in which every control character is shown. Only a batch has lines of its own. */
function harmless(event: Event): Event {
  const copy = JSON.parse(JSON.stringify(event), (key, value) => {
    if (typeof value !== 'string') return value;
    return HAS_LINES.includes(key) ? plainLines(value) : plain(value);
  });
  return copy as Event;
}

const HAS_LINES = ['purpose', 'equivalent', 'input'];
