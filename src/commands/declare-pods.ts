import { changing, collect, type Declaring } from './declaring.ts';

/** Pods, and what is seen of them. */
export function declarePods({ program, globals, finish }: Declaring): void {
  changing(program.command('hold <name>'))
    .description('make a pod: just the holder and its network')
    .option('--network <network>', "a network's name, none (lo alone) or host")
    .option('--ip <address>', 'the address wanted in that network')
    .option(
      '-p, --publish <host:pod[/udp]>',
      "lead a port of the host's to the pod (again for more)",
      collect,
      [],
    )
    .option('--share <kinds>', 'the namespaces to make and keep (default: net,ipc,uts; also pid)')
    .option('--hostname <name>', "the pod's host name (default: its name)")
    .action(async (name, options) =>
      finish(await (await import('./hold.ts')).hold(name, options, globals())),
    );

  changing(program.command('down [name...]'))
    .description('end the workloads of pods, then the pods')
    .option('--all', 'all pods')
    .action(async (names, options) =>
      finish(await (await import('./down.ts')).down(names, options, globals())),
    );

  program
    .command('ns [name...]')
    .description('who shares which namespace with whom, by inode')
    .option('-o, --output <format>', 'table, json or yaml')
    .option('--no-headers', 'without the heading')
    .action(async (names, options) => finish(await (await import('./ns.ts')).ns(names, options, globals())));

  program
    .command('inspect <name...>')
    .description('all that is known of pods and workloads')
    .option('-o, --output <format>', 'json or yaml')
    .action(async (names, options) =>
      finish(await (await import('./inspect.ts')).inspect(names, options, globals())),
    );
}
