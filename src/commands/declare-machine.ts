import { changing, type DeclareContext, listing } from './command-options.ts';

/** Declares `network`, `gc`, `doctor` and `version`. */
export function declareMachine({ program, globals, finish }: DeclareContext): void {
  const network = program
    .command('network')
    .description('manage the networks of pods: create, ls, rm, inspect');
  network.helpCommand(false);
  changing(network.command('create <name>'))
    .description('create a network; it stays until it is removed')
    .option('--type <type>', 'bridge, or ptp (routed, without a bridge)')
    .option('--subnet <cidr>', 'the subnet (default: the first free 10.N.0.0/16)')
    .option('--mtu <bytes>', 'the MTU of its links (default: that of the interface of the default route)')
    .action(async (name, options) =>
      finish(await (await import('./network.ts')).networkCreate(name, options, globals())),
    );
  changing(network.command('rm <name...>'))
    .description('remove networks that no pod uses')
    .action(async (names, options) =>
      finish(await (await import('./network.ts')).networkRemove(names, options, globals())),
    );
  listing(network.command('ls'))
    .description('list networks')
    .action(async (options) => finish(await (await import('./network.ts')).networkList(options, globals())));
  network
    .command('inspect <name...>')
    .description('print the records of networks')
    .option('-o, --output <format>', 'json or yaml')
    .action(async (names, options) =>
      finish(await (await import('./network.ts')).networkInspect(names, options, globals())),
    );

  program
    .command('gc')
    .description('remove what killed commands left behind')
    .option('--dry-run', 'print what would be removed, and why')
    .action(async (options) => finish(await (await import('./gc.ts')).gc(options, globals())));

  program
    .command('doctor')
    .description('check what this machine has and what it lacks')
    .option('-o, --output <format>', 'table, json or yaml')
    .action(async (options) => finish(await (await import('./doctor.ts')).doctor(options, globals())));

  program
    .command('version')
    .description('print the versions of nslab, Node and the kernel')
    .option('-o, --output <format>', 'text or json')
    .action(async (options) => finish(await (await import('./version.ts')).version(options)));
}
