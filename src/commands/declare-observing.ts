import type { Command } from 'commander';
import type { Declaring } from './declaring.ts';

/** What the kernel says: namespaces, and how they are wired. */
export function declareObserving({ program, globals, finish }: Declaring): void {
  const ns = matrix(program.command('ns [name...]'))
    .description('who shares which namespace with whom, by inode')
    .option('--all', 'every namespace of this machine, and what keeps it')
    .action(async (names, options) => finish(await (await import('./ns.ts')).ns(names, options, globals())));
  ns.helpCommand(false);
  matrix(ns.command('why <inode>'))
    .description('what would have to go before a namespace dies')
    .action(async (inode, options) =>
      finish(await (await import('./ns-why.ts')).nsWhy(inode, options, globals())),
    );
  program
    .command('map')
    .description('who is wired to whom: network namespaces, their interfaces, and the cables between these')
    .option('--all', 'everything on this machine, not only what touches our pods and this host')
    .option('-o, --output <format>', 'text, mermaid, dot, svg or json')
    .action(async (options) => finish(await (await import('./map.ts')).map(options, globals())));
}

function matrix(command: Command): Command {
  return command
    .option('-o, --output <format>', 'table, wide, json or yaml')
    .option('--no-headers', 'without the heading');
}
