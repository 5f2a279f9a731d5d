import type { Event, Step } from './event.ts';

/** The events that serve one step of a pod, or one of its workloads, in the order of time. */
export interface Chapter {
  readonly step?: Step | undefined;
  readonly subject?: string | undefined;
  readonly events: readonly Event[];
}

/**
 * A transcript is written by several processes at the same time. Here it is put in order, and what a shim did is given to the
 * step and the workload for which it was started: it knows neither.
 */
export function chapters(events: readonly Event[]): Chapter[] {
  const found = new Map<string, { step: Step | undefined; subject: string | undefined; events: Event[] }>();
  for (const event of attributed(events)) {
    const { step, subject } = event;
    const key = `${step} ${subject}`;
    const chapter = found.get(key) ?? { step, subject, events: [] };
    chapter.events.push(event);
    found.set(key, chapter);
  }
  return [...found.values()];
}

/** All events by the clock that they share, each with its step and its workload. */
export function attributed(events: readonly Event[]): Event[] {
  const attribute = openAttribution();
  return [...events].sort((a, b) => a.t - b.t).map(attribute);
}

/** The same for events that come one by one. */
export function openAttribution(): (event: Event) => Event {
  const families = new Map<number, Pick<Event, 'step' | 'subject'>>();
  return (event) => {
    const family = event.step === undefined ? families.get(event.who) : undefined;
    const whole = family ? { ...family, ...event } : event;
    const started = event.channel === 'spawn' || event.call === 'clone';
    if (started && event.result > 0) {
      const { step, subject } = whole;
      families.set(event.result, { ...(step && { step }), ...(subject !== undefined && { subject }) });
    }
    return whole;
  };
}
