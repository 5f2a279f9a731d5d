import { changing, collect, type DeclareContext } from './command-options.ts';

/** Declares the commands of pods. */
export function declarePods({ program, globals, finish }: DeclareContext): void {
  changing(program.command('up'))
    .description(
      'create the pods of Kubernetes manifests; without -d, print their output until they end or Ctrl-C',
    )
    .usage('-f FILE [-d] [options]')
    .option('-f, --filename <file>', 'a manifest; - is standard input (repeatable)', collect, [])
    .option('-d, --detach', 'return when they run')
    .option('--network <network>', 'the name of a network, or none (default: the default network)')
    .option('--image <name=command>', 'map an image to an installed program (repeatable)', collect, [])
    .option('--allow-host-path', 'allow hostPath volumes')
    .option('--ignore-unsupported', 'ignore fields that nslab does not support')
    .option('-o, --output <format>', 'with --dry-run: text, json or script')
    .action(async (options) => finish(await (await import('./up.ts')).up(options, globals())));

  changing(program.command('hold <name...>'))
    .description('create pods that consist of the holder and its network')
    .option('--network <network>', 'the name of a network, none (lo only) or host')
    .option('--ip <address>', 'the address in that network')
    .option(
      '-p, --publish <host:pod[/udp]>',
      'publish a port of the pod on the host (repeatable)',
      collect,
      [],
    )
    .option('--share <kinds>', 'the namespaces to create (default: net,ipc,uts; also pid)')
    .option('--hostname <name>', 'the host name (default: the name of the pod)')
    .action(async (names, options) =>
      finish(await (await import('./hold.ts')).hold(names, options, globals())),
    );

  changing(program.command('down [name...]'))
    .description('stop the workloads of pods and remove the pods')
    .option('--all', 'all pods')
    .option('-f, --filename <file>', 'the pods of a manifest; - is standard input (repeatable)', collect, [])
    .action(async (names, options) =>
      finish(await (await import('./down.ts')).down(names, options, globals())),
    );

  program
    .command('transcript <pod>')
    .description('print the system calls and commands that made a pod, and their results')
    .option('-o, --output <format>', 'text, json, or script (makes the same pod without nslab)')
    .action(async (name, options) =>
      finish((await import('./transcript.ts')).transcript(name, options, globals())),
    );

  program
    .command('report <pod>')
    .description('write a pod as one self-contained page: wiring, namespaces, transcript')
    .option('--out <file>', 'the HTML file to write')
    .option('--with-script', 'include the shell script; it contains the secrets of the pod')
    .action(async (name, options) =>
      finish(await (await import('./report.ts')).report(name, options, globals())),
    );

  program
    .command('inspect <name...>')
    .description('print the records and the state of pods and workloads')
    .option('-o, --output <format>', 'json or yaml')
    .action(async (names, options) =>
      finish(await (await import('./inspect.ts')).inspect(names, options, globals())),
    );
}
