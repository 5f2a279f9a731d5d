import { palette, type When } from '../render/palette.ts';
import { plainLines } from '../render/plain.ts';
import { errnoWords } from '../sys/errors.ts';
import { openAttribution } from '../transcript/by-step.ts';
import type { Event } from '../transcript/event.ts';
import { type Manner, openTelling } from '../transcript/text.ts';

/** Tells events to whoever reads this stream, one by one: what they say may come from anybody. */
export function openTeller(
  stream: { isTTY?: boolean },
  color: When | undefined,
  manner: Pick<Manner, 'planned' | 'since' | 'bytes'> = {},
): (event: Event) => string {
  const attribute = openAttribution();
  const errnoName = (errno: number) => errnoWords(errno)[0];
  const tell = openTelling({ ...manner, errnoName, colors: palette(stream, color) });
  return (event) => tell(harmless(attribute(event)));
}

function harmless(event: Event): Event {
  const text = JSON.stringify(event);
  return JSON.parse(text, (_, value) => (typeof value === 'string' ? plainLines(value) : value)) as Event;
}
