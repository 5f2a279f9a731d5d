import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { networkNames } from '../net/record.ts';
import { defaultRoot, podFiles, podNames } from '../pod/store.ts';
import { workloadNames } from '../pod/workload-record.ts';

/**
 * Adds `completion SHELL`, which prints a script, and the hidden command that the script calls. Loaded for these two
 * commands only, so that no other command starts slower.
 */
export function addCompletion(program: Command): void {
  const completion = tab(program, { completionCommandName: 'completion' });
  for (const [words, command] of completion.commands) {
    const names = words.startsWith('network ') ? completeNetworks : completePodsAndWorkloads;
    if (command.arguments.has('name') && !/(^hold|create)$/.test(words)) {
      command.argument('name', (complete) => names(complete), words !== 'exec' && words !== 'logs');
    }
  }
}

type Complete = (value: string, description: string) => void;

function completeNetworks(complete: Complete): void {
  for (const name of networkNames(defaultRoot()).filter(isName)) complete(name, 'network');
}

function completePodsAndWorkloads(complete: Complete): void {
  for (const pod of podNames(defaultRoot()).filter(isName)) {
    complete(pod, 'pod');
    for (const workload of workloadNames(podFiles(defaultRoot(), pod)).filter(isName))
      complete(`${pod}/${workload}`, 'workload');
  }
}

/** Skips other files of the state directory: their names could be several words to the shell. */
function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.@-]*$/.test(name);
}
