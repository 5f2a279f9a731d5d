import { constants } from 'node:os';
import * as z from 'zod/mini';
import { bytesOf, milliOf, nanoOf } from '../manifest/quantity.ts';
import { readSignal } from '../pod/signal-workloads.ts';
import { durationOf } from '../spec/duration.ts';
import { checkVariable, checkWorkdir } from '../spec/process.ts';
import { InputError } from '../sys/errors.ts';
import { isNumber } from '../sys/number.ts';
import { Transcript } from '../transcript/transcript.ts';
import type { Options } from './options.ts';
import { byType, given, map, refuse, type Schema } from './validate.ts';

// Values that several calls take.

/** In seconds. */
export const duration: Schema<number> = byType('a number of seconds or a text such as "1m30s"', {
  number: map(z.number(), (seconds) => checkDuration(seconds, seconds)),
  string: map(z.string(), (text) => checkDuration((durationOf(text) ?? Number.NaN) / 1000, text)),
});

/** What a timer of Node takes: 2^31 milliseconds. */
const LONGEST = 2_147_483;

function checkDuration(seconds: number, written: unknown): number {
  if (seconds >= 0 && seconds <= LONGEST) return seconds;
  throw new InputError(`no duration: ${JSON.stringify(written)}`, {
    hint: `seconds up to ${LONGEST}, or for example 30s or 2m`,
  });
}

/** In bytes. */
export const size = quantity('a number of bytes or a text such as "64Mi"', bytesOf);

/** In thousandths of a processor. */
export const processors = quantity('a number of processors or a text such as "500m"', milliOf);

function quantity(wants: string, convert: (text: string) => bigint): Schema<number> {
  const read = (text: string) => {
    if ((nanoOf(text) ?? 0n) > 0n) return Number(convert(text));
    throw new InputError(`no quantity: ${JSON.stringify(text)}`, { hint: 'for example 64Mi or 0.5' });
  };
  return byType(wants, {
    number: map(z.number(), (value) => read(String(value))),
    string: map(z.string(), read),
  });
}

export const command: Schema<readonly string[]> = byType('a list of strings', {
  list: z.array(z.string()),
  string: refuse(
    (line) => ` is a string; write a list: ${JSON.stringify(line.split(/\s+/).filter(Boolean))}`,
  ),
});

export const env = map(z.record(z.string(), z.string()), (variables) => {
  for (const name of Object.keys(variables)) checkVariable(name);
  return variables;
});

export const cwd = map(z.string(), checkWorkdir);

export const user: Schema<string> = byType('the name or the number of a user', {
  string: z.string(),
  number: map(z.number(), String),
});

export const signalName = map(z.string(), readSignal);

/** As the shim takes it. */
export const signalNumber: Schema<number> = byType('the name or the number of a signal', {
  number: map(z.number(), (number) => {
    if (number > 0 && isNumber(number, 'signal')) return number;
    throw new InputError(`no signal ${number}: 1 to 64`);
  }),
  string: map(z.string(), (text) => constants.signals[readSignal(text)]),
});

export const abortSignal = given<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal);

/** What every call takes that opens the machine. */
export const COMMON = {
  stateDir: z.optional(z.string()),
  driver: z.optional(z.enum(['netlink', 'ip'])),
  warn: z.optional(given<NonNullable<Options['warn']>>('a function', (value) => typeof value === 'function')),
  transcript: z.optional(given<Transcript>('a Transcript', (value) => value instanceof Transcript)),
};
