import { readFileSync } from 'node:fs';
import { InputError } from '../sys/errors.ts';
import type { Values } from './fact.ts';
import type { Measurements } from './measurements.ts';

/** The facts of one side. They contain no secret: environment variables by name only. */
export interface Recorded {
  /** The engine: `Docker 20.10.24`. */
  readonly of: string;
  readonly facts: Values;
  readonly figures: Measurements;
  /** For a profile: the document that defines it. */
  readonly source?: string;
}

/** The document that --save writes. */
export function recordedFile(recorded: Recorded): object {
  return { apiVersion: 'nslab/v1', kind: 'ComparedFacts', ...recorded };
}

/** Reads a file that --save wrote, perhaps on another machine. */
export function readRecorded(path: string): Recorded {
  const found = parsed(path);
  if (found.kind !== 'ComparedFacts' || !isStrings(found.facts))
    throw new InputError(`${path} was not written by --save: its kind is not ComparedFacts`);
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

function isStrings(value: unknown): value is Values {
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
