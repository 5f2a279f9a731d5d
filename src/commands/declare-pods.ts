import { Option } from 'commander';
import { changing, collect, type DeclareContext, output, WordOption } from './command-options.ts';
import { podsOfNamespace } from './namespace-option.ts';

/** Declares the commands of pods. */
const OPEN_FIREWALL =
  'let pods pass a firewall of this host that drops what is forwarded: two marked rules before its last one';

export function declarePods({ program, globals, finish }: DeclareContext): void {
  output(changing(program.command('up [file...]')), ['text', 'json', 'script'], 'with --dry-run: ')
    .description(
      'create the pods of Kubernetes manifests; without -d, print their output until they end or Ctrl-C',
    )
    .usage('-f FILE [-d] [options]')
    .option(
      '-f, --filename <file>',
      'a manifest, or a directory of them; - is standard input (repeatable)',
      collect,
      [],
    )
    .option('-d, --detach', 'return when they run')
    .option('--wait [duration]', 'return when the pods are ready (as with -d), at the latest after this time')
    .option('-n, --namespace <namespace>', 'the namespace of objects that name none (default: default)')
    .option('--network <network>', 'the name of a network, or none (default: the default network)')
    .addOption(
      new WordOption(
        '--netns <attach>',
        'name the network namespaces by `ip netns attach`: they outlive the holder (default: by a symbolic link)',
        ['attach'],
      ),
    )
    .option(
      '--image <name=command>',
      'map an image to an installed program, or to the root file system in a directory: NAME=dir:PATH (repeatable)',
      collect,
      [],
    )
    .option('--allow-host-path', 'allow hostPath volumes')
    .option('--schedule', 'run CronJobs when they are due, in the foreground (default: once, now)')
    .option('--volumes <directory>', 'keep claims there, a directory each (default: memory of their pod)')
    .option('--open-firewall', OPEN_FIREWALL)
    .option('--ignore-unsupported', 'ignore fields that nslab does not support')
    .action(async (files, options) => finish(await (await import('./up.ts')).up(files, options, globals())));

  changing(program.command('hold <name...>'))
    .description('create pods that consist of the holder and its network')
    .option(
      '--network <network[:ip=address]>',
      'the name of a network, none (lo only) or host; again for eth1 and on',
      collect,
      [],
    )
    .option('--ip <address>', 'the address in the first network')
    .option(
      '--netns <path|name|attach>',
      'adopt a network namespace that exists, and leave it; attach: a new one that outlives the holder, by `ip netns attach`',
    )
    .option(
      '-p, --publish <[address:]host:pod[/udp]>',
      'publish a port of the pod, or a range, on the host (repeatable)',
      collect,
      [],
    )
    .option('--share <kinds>', 'the namespaces to create (default: net,ipc,uts; also pid)')
    .option('--hostname <name>', 'the host name (default: the name of the pod)')
    .option('--open-firewall', OPEN_FIREWALL)
    .action(async (names, options) =>
      finish(await (await import('./hold.ts')).hold(names, options, globals())),
    );

  changing(program.command('down [name...]'))
    .description('stop the workloads of pods and remove the pods')
    .option('--all', 'all pods')
    .option('--grace <seconds>', 'the time between TERM and KILL (default: that of each workload)')
    .option('-f, --filename <file>', 'the pods of a manifest; - is standard input (repeatable)', collect, [])
    .option('-n, --namespace <namespace>', 'the namespace of the names, and of objects that name none')
    .option('--ignore-not-found', 'a pod that there is not is no error')
    .addOption(
      new Option('--finished <uid>', 'for supervisors: the pods of its Job, if that has ended').hideHelp(),
    )
    .action(async (names, { finished, ...options }) =>
      finish(
        finished === undefined
          ? await (await import('./down.ts')).down(names, options, globals())
          : await (await import('./down-finished.ts')).downFinished(names, finished, globals()),
      ),
    );

  const makesAlike = ' (makes the same pod without nslab)';
  output(podsOfNamespace(program.command('transcript <pod>')), ['text', 'json', 'script'], '', makesAlike)
    .description('print the system calls and commands that made a pod, and their results')
    .action(async (name, options) =>
      finish((await import('./transcript.ts')).transcript(name, options, globals())),
    );

  podsOfNamespace(program.command('report <pod>'))
    .description('write a pod as one self-contained page: wiring, namespaces, transcript')
    .option('--out <file>', 'the HTML file to write')
    .option('--with-script', 'include the shell script; it contains the secrets of the pod')
    .action(async (name, options) =>
      finish(await (await import('./report.ts')).report(name, options, globals())),
    );

  output(podsOfNamespace(program.command('inspect <name...>')), ['json', 'yaml'])
    .description('print the records and the state of pods and workloads')
    .action(async (names, options) =>
      finish(await (await import('./inspect.ts')).inspect(names, options, globals())),
    );
}
