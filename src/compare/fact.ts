import type { ComparedPod } from './compared-pod.ts';

/** A fact of a pod: what it is, and how it is read. */
export interface FactInfo {
  /** `net`, `hostname`, `capabilities`: the key in a saved file and in the known differences. */
  readonly id: string;
  /** The question that it answers. */
  readonly asks: string;
  /** Commands or files that give the same value by hand. */
  readonly by: string;
}

/** A fact that is read from a running pod, on both sides by the same code. */
export interface Fact extends FactInfo {
  /** The value without what differs from run to run: numbers, identifiers, addresses. */
  read(pod: ComparedPod): string | Promise<string>;
}

/** Values by fact id. */
export type Values = Readonly<Record<string, string>>;
