import { InputError } from '../sys/errors.ts';

/** Invalid manifests: one line per fault, in the order of the text. Thrown before anything on the machine is changed. */
export class ManifestError extends InputError {
  /** All faults. The message shows the first twenty. */
  readonly faults: readonly string[];

  constructor(faults: readonly string[], hint?: string) {
    const more = faults.length - SHOWN;
    const lines = [...faults.slice(0, SHOWN), ...(more > 0 ? [`… and ${more} more`] : [])];
    super(lines.join('\n'), { code: 'ERR_INVALID_MANIFEST', hint, lines });
    this.faults = faults;
  }
}

const SHOWN = 20;
