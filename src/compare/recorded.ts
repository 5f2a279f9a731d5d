import { readFileSync } from 'node:fs';
import { InputError } from '../sys/errors.ts';
import type { Values } from './fact.ts';
import type { Measurements } from './measurements.ts';

/** One side as it was found. It has shapes and names, and no secret: never what a variable says. */
export interface Recorded {
  /** What it was: `Docker 20.10.24`. */
  readonly of: string;
  readonly facts: Values;
  readonly figures: Measurements;
  /** Of a profile: where it says so. */
  readonly source?: string;
}

/** As --save writes it. */
export function recordedFile(recorded: Recorded): object {
  return { apiVersion: 'nslab/v1', kind: 'ComparedFacts', ...recorded };
}

/** Reads what --save has written, perhaps on another machine. */
export function readRecorded(path: string): Recorded {
  const found = parsed(path);
  if (found.kind !== 'ComparedFacts' || !isTexts(found.facts))
    throw new InputError(`${path} is not what --save writes: no ComparedFacts`);
  return {
    of: typeof found.of === 'string' ? found.of : path,
    facts: found.facts,
    figures: isNumbers(found.figures) ? found.figures : {},
  };
}

function parsed(path: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(readFileSync(path, 'utf8')) as object) };
  } catch (cause) {
    throw new InputError(`cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

function isTexts(value: unknown): value is Values {
  return isRecordOf(value, 'string');
}

function isNumbers(value: unknown): value is Measurements {
  return isRecordOf(value, 'number');
}

function isRecordOf(value: unknown, type: 'string' | 'number'): boolean {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === type)
  );
}
