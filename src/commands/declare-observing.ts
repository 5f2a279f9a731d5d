import type { Command } from 'commander';
import type { DeclareContext } from './command-options.ts';

/** Declares `ns` and `map`: read-only views of the kernel's state. */
export function declareObserving({ program, globals, finish }: DeclareContext): void {
  const ns = matrix(program.command('ns [name...]'))
    .description('show which processes share which namespaces, by inode')
    .option('--all', 'every namespace of this machine, and what keeps it alive')
    .action(async (names, options) => finish(await (await import('./ns.ts')).ns(names, options, globals())));
  ns.helpCommand(false);
  matrix(ns.command('why <inode>'))
    .description('list everything that keeps a namespace alive')
    .action(async (inode, options) =>
      finish(await (await import('./ns-why.ts')).nsWhy(inode, options, globals())),
    );
  program
    .command('map')
    .description('show network namespaces, their interfaces, and the links between them')
    .option('--all', 'everything on this machine, not only what is connected to our pods and this host')
    .option('-o, --output <format>', 'text, mermaid, dot, svg or json')
    .action(async (options) => finish(await (await import('./map.ts')).map(options, globals())));
}

function matrix(command: Command): Command {
  return command
    .option('-o, --output <format>', 'table, wide, json or yaml')
    .option('--no-headers', 'without the header line');
}
