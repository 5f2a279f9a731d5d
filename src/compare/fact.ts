import type { ComparedPod } from './compared-pod.ts';

/** One thing that can be known of the three. */
export interface Asked {
  /** `net`, `hostname`, `capabilities`: what --save calls it, and what reasons go by. */
  readonly id: string;
  /** What is asked, in words. */
  readonly asks: string;
  /** How it is read: as anybody could. */
  readonly by: string;
}

/** One that can be read of them as they run, on either side by the same way. */
export interface Fact extends Asked {
  /** Its shape: whatever differs from run to run (numbers, identifiers, addresses) is left out of it. */
  read(trio: ComparedPod): string | Promise<string>;
}

/** What was read, by fact. */
export type Values = Readonly<Record<string, string>>;
