import { completionScript } from './completion/scripts.ts';
import { printScript } from './print.ts';

/** `nslab completion SHELL`: prints the completion script for a shell. */
export function completion(shell: string): number {
  printScript(completionScript(shell));
  return 0;
}
