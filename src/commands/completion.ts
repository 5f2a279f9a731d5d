import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { networkNames } from '../net/record.ts';
import { defaultRoot, podFiles, podNames } from '../pod/store.ts';
import { workloadNames } from '../pod/workload-record.ts';

/**
 * Adds `completion SHELL`, which prints a script, and what that script calls. Loaded only for these two: no other
 * command waits for it.
 */
export function addCompletion(program: Command): void {
  const completion = tab(program, { completionCommandName: 'completion' });
  for (const [words, command] of completion.commands) {
    const names = words.startsWith('network ') ? networks : things;
    if (command.arguments.has('name') && !/(^hold|create)$/.test(words)) {
      command.argument('name', (complete) => names(complete), words !== 'exec' && words !== 'logs');
    }
  }
}

type Complete = (value: string, description: string) => void;

function networks(complete: Complete): void {
  for (const name of networkNames(defaultRoot()).filter(isName)) complete(name, 'network');
}

function things(complete: Complete): void {
  for (const pod of podNames(defaultRoot()).filter(isName)) {
    complete(pod, 'pod');
    for (const workload of workloadNames(podFiles(defaultRoot(), pod)).filter(isName))
      complete(`${pod}/${workload}`, 'workload');
  }
}

/** What else lies in the state directory is offered to no shell: a line of it is a word there. */
function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.@-]*$/.test(name);
}
