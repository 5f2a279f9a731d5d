import { changing, type Declaring, listing } from './declaring.ts';

/** Networks, and the machine itself. */
export function declareMachine({ program, globals, finish }: Declaring): void {
  const network = program.command('network').description('networks of pods: create, ls, rm, inspect');
  network.helpCommand(false);
  changing(network.command('create <name>'))
    .description('make a network; it stays until it is removed')
    .option('--type <type>', 'bridge, or ptp: routed, without a bridge')
    .option('--subnet <cidr>', 'its addresses (default: the first free 10.N.0.0/16)')
    .option('--mtu <bytes>', "the links' MTU (default: that of the way out)")
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
    .description('all that is known of networks')
    .option('-o, --output <format>', 'json or yaml')
    .action(async (names, options) =>
      finish(await (await import('./network.ts')).networkInspect(names, options, globals())),
    );

  program
    .command('gc')
    .description('remove what killed commands have left')
    .option('--dry-run', 'only say what, and why')
    .action(async (options) => finish(await (await import('./gc.ts')).gc(options, globals())));

  program
    .command('doctor')
    .description('what this machine has, and what it lacks')
    .option('-o, --output <format>', 'table, json or yaml')
    .action(async (options) => finish(await (await import('./doctor.ts')).doctor(options)));

  program
    .command('version')
    .description('versions')
    .option('-o, --output <format>', 'text or json')
    .action(async (options) => finish(await (await import('./version.ts')).version(options)));
}
