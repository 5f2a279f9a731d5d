import { InputError } from '../sys/errors.ts';

/** Manifests that cannot be what was meant. A line for each fault, in the order of the text; nothing was touched. */
export class ManifestError extends InputError {
  /** All of them, where the message ends with the twentieth. */
  readonly faults: readonly string[];

  constructor(faults: readonly string[], hint?: string) {
    const more = faults.length - SHOWN;
    const lines = [...faults.slice(0, SHOWN), ...(more > 0 ? [`… and ${more} more`] : [])];
    super(lines.join('\n'), { hint, lines });
    this.faults = faults;
  }
}

const SHOWN = 20;
