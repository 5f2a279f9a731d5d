import { InputError } from '../sys/errors.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A duration in milliseconds: seconds, or as kubectl and Go write it (`90s`, `1m30s`, `500ms`). time.ParseDuration */
export function durationOf(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^(\d{1,9}(\.\d{1,3})?(ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(ms|s|m|h)/g);
  return [...parts].reduce(
    (sum, [, value, unit]) => sum + Number(value) * UNITS[unit as keyof typeof UNITS],
    0,
  );
}

/** The same for an option; `option` names it in the error. */
export function parseDuration(text: string, option: string): number {
  const duration = durationOf(text);
  if (duration === undefined)
    throw new InputError(`${option}: no duration: ${JSON.stringify(text)}`, {
      hint: 'for example 30s or 2m',
    });
  return duration;
}
