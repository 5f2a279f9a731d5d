import { changing, collect, type Declaring } from './declaring.ts';

/** Pods, and what is seen of them. */
export function declarePods({ program, globals, finish }: Declaring): void {
  changing(program.command('up'))
    .description('make the pods of Kubernetes manifests; in the foreground until they end or Ctrl-C')
    .usage('-f FILE [-d] [options]')
    .option('-f, --filename <file>', 'a manifest; - is standard input (again for more)', collect, [])
    .option('-d, --detach', 'leave them running and return')
    .option('--network <network>', "a network's name or none (default: the default network)")
    .option('--image <name=command>', 'the program that stands for an image (again for more)', collect, [])
    .option('--allow-host-path', "let them have volumes of this host's own files")
    .option('--ignore-unsupported', 'go on without the fields that nslab does not act on')
    .option('-o, --output <format>', 'of a dry run: text, json or script')
    .action(async (options) => finish(await (await import('./up.ts')).up(options, globals())));

  changing(program.command('hold <name...>'))
    .description('make pods: just the holder and its network')
    .option('--network <network>', "a network's name, none (lo alone) or host")
    .option('--ip <address>', 'the address wanted in that network')
    .option(
      '-p, --publish <host:pod[/udp]>',
      "lead a port of the host's to the pod (again for more)",
      collect,
      [],
    )
    .option('--share <kinds>', 'the namespaces to make and keep (default: net,ipc,uts; also pid)')
    .option('--hostname <name>', "a pod's host name (default: its name)")
    .action(async (names, options) =>
      finish(await (await import('./hold.ts')).hold(names, options, globals())),
    );

  changing(program.command('down [name...]'))
    .description('end the workloads of pods, then the pods')
    .option('--all', 'all pods')
    .option(
      '-f, --filename <file>',
      'the pods of a manifest; - is standard input (again for more)',
      collect,
      [],
    )
    .action(async (names, options) =>
      finish(await (await import('./down.ts')).down(names, options, globals())),
    );

  program
    .command('transcript <pod>')
    .description('what was asked of the kernel for a pod, and what the kernel said')
    .option('-o, --output <format>', 'text, json, or script: one that makes the same pod without nslab')
    .action(async (name, options) =>
      finish((await import('./transcript.ts')).transcript(name, options, globals())),
    );

  program
    .command('report <pod>')
    .description('a pod as one self-contained page: wiring, namespaces, transcript')
    .option('--out <file>', 'the HTML file to write')
    .option('--with-script', 'the shell script, too: it has all that the pod was given, secrets too')
    .action(async (name, options) =>
      finish(await (await import('./report.ts')).report(name, options, globals())),
    );

  program
    .command('inspect <name...>')
    .description('all that is known of pods and workloads')
    .option('-o, --output <format>', 'json or yaml')
    .action(async (names, options) =>
      finish(await (await import('./inspect.ts')).inspect(names, options, globals())),
    );
}
