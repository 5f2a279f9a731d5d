import type { Format, ListForm } from '../render/output.ts';
import { InputError } from '../sys/errors.ts';

/** The options of every list, as parsed by commander. */
export interface ListOptions {
  readonly output?: string;
  readonly quiet?: boolean;
  /** False for --no-headers. */
  readonly headers?: boolean;
}

const LIST_FORMATS: readonly Format[] = ['table', 'wide', 'json', 'yaml', 'name'];

export function listForm({ output = 'table', quiet = false, headers = true }: ListOptions): ListForm {
  return { format: quiet ? 'name' : checkFormat(output, LIST_FORMATS), headers };
}

/** Refuses an unknown format. */
export function checkFormat<F extends string>(format: string, known: readonly F[]): F {
  const found = known.find((candidate) => candidate === format);
  if (found === undefined) {
    throw new InputError(`no output format "${format}"`, { hint: `one of ${known.join(', ')}` });
  }
  return found;
}
