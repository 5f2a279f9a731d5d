import { Command, Option } from 'commander';
import type { GlobalOptions } from './session.ts';

/** What ends a command: its exit status. */
export type Finish = (status: number) => void;

/**
 * The command line: every command with its arguments and options, and nothing of what they do. A command's code is
 * loaded when it is called, so that `ps` does not wait for what `hold` needs.
 */
export function buildProgram(finish: Finish): Command {
  const program = new Command('nslab')
    .description('A laboratory for Linux namespaces: how a pod gets its network, in the open.')
    .option('--state-dir <dir>', 'where the state is kept (default: /run/nslab)')
    .option(
      '-v, --verbose',
      'print each kernel call and command as it happens; twice: more',
      (_, n: number) => n + 1,
      0,
    )
    .option('--transcript <file>', 'write the diary of this command to a file, as JSON lines')
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .helpCommand(false);
  const globals = (): GlobalOptions => program.opts<GlobalOptions>();

  program
    .command('hold <name>')
    .description('make a pod: just the holder and its network')
    .option('--network <network>', "a network's name, none (lo alone) or host")
    .option('--ip <address>', 'the address wanted in that network')
    .option(
      '-p, --publish <host:pod[/udp]>',
      'lead a port of the host to a port of the pod (again for more)',
      collect,
      [],
    )
    .option(
      '--share <kinds>',
      'the namespaces to make and keep: any of net,ipc,uts,pid (default: net,ipc,uts)',
    )
    .option('--hostname <name>', "the pod's host name (default: its name)")
    .action(async (name, options) =>
      finish(await (await import('./hold.ts')).hold(name, options, globals())),
    );

  program
    .command('run')
    .argument('<command...>', 'the command and its arguments, after --')
    .description('start a workload in the namespaces of a pod; what is not joined is new')
    .usage('--name W --network container:POD [options] -- COMMAND ARG…')
    .requiredOption('--name <name>', "the workload's name")
    .option('-d, --detach', 'leave it running and return')
    .option('--rm', 'forget it when it has ended')
    .option('--pod <pod>', 'short for --network, --ipc and --uts container:POD')
    .option('--network <where>', 'container:POD, none or host')
    .option('--ipc <where>', 'container:POD or host')
    .option('--pid <where>', 'container:POD or host')
    .option('--uts <where>', 'container:POD or host')
    .option('-e, --env <name=value>', 'an environment variable (again for more)', collect, [])
    .option('-w, --workdir <dir>', 'the working directory')
    .option('-u, --user <user[:group]>', 'run as this user')
    .option('--volume <host:dir[:ro]>', "a file or directory of the host's (again for more)", collect, [])
    .option('--privileged', 'all capabilities, the devices of the host')
    .option('--restart <policy>', 'no, on-failure or always')
    .option('--stop-timeout <seconds>', 'between TERM and KILL (default: 10)')
    .passThroughOptions()
    .action(async (command, options) =>
      finish(await (await import('./run.ts')).run(command, options, globals())),
    );

  program
    .command('exec')
    .argument('<name>', 'POD, POD/WORKLOAD, or a workload')
    .argument('<command...>', 'the command and its arguments')
    .description('run a command inside')
    .option('-i, --interactive', 'pass standard input on')
    .option('-t, --tty', 'a terminal of its own')
    .option('--privileged', 'all capabilities')
    .passThroughOptions()
    .action(async (name, command, options) =>
      finish(await (await import('./exec.ts')).exec(name, withoutDashes(command), options, globals())),
    );

  lists(program.command('ps'))
    .description('list holders and workloads')
    .option('-a, --all', 'also workloads that have ended')
    .action(async (options) => finish(await (await import('./ps.ts')).ps(options, globals())));

  program
    .command('inspect <name...>')
    .description('all that is known of pods and workloads')
    .option('-o, --output <format>', 'json or yaml')
    .action(async (names, options) =>
      finish(await (await import('./inspect.ts')).inspect(names, options, globals())),
    );

  program
    .command('logs <name>')
    .description('what a workload has written')
    .option('-f, --follow', 'go on until it ends')
    .option('--tail <lines>', 'only the last lines')
    .action(async (name, options) =>
      finish(await (await import('./logs.ts')).logs(name, options, globals())),
    );

  program
    .command('stop <name...>')
    .description('end workloads: TERM, the grace period, KILL')
    .action(async (names) => finish(await (await import('./stop.ts')).stop(names, globals())));

  program
    .command('kill <name...>')
    .description('send a signal to workloads')
    .option('-s, --signal <signal>', 'a name or a number (default: KILL)')
    .action(async (names, options) =>
      finish(await (await import('./kill.ts')).kill(names, options, globals())),
    );

  program
    .command('wait <name...>')
    .description('wait until workloads have ended, and print their exit status')
    .action(async (names) => finish(await (await import('./wait.ts')).wait(names, globals())));

  program
    .command('rm <name...>')
    .description('forget workloads that have ended')
    .option('-f, --force', 'end them first')
    .action(async (names, options) => finish(await (await import('./rm.ts')).rm(names, options, globals())));

  program
    .command('restart <name...>')
    .description('end workloads and start them as they were')
    .action(async (names) => finish(await (await import('./restart.ts')).restart(names, globals())));

  program
    .command('down [name...]')
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

  const network = program.command('network').description('networks of pods');
  network
    .command('create <name>')
    .description('make a network; it stays until it is removed')
    .option('--type <type>', 'bridge, or ptp: routed, without a bridge')
    .option('--subnet <cidr>', 'its addresses (default: the first free 10.N.0.0/16)')
    .option('--mtu <bytes>', "the links' MTU (default: that of the way out)")
    .action(async (name, options) =>
      finish(await (await import('./network.ts')).networkCreate(name, options, globals())),
    );
  network
    .command('rm <name...>')
    .description('remove networks that no pod uses')
    .action(async (names) => finish(await (await import('./network.ts')).networkRemove(names, globals())));
  lists(network.command('ls'))
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
  return program;
}

/** The options that all lists have. */
function lists(command: Command): Command {
  return command
    .option('-o, --output <format>', 'table, wide, json, yaml or name')
    .option('-q, --quiet', 'names alone')
    .option('--no-headers', 'without the heading');
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** `exec POD -- CMD` is `exec POD CMD`: people write both. */
function withoutDashes(command: readonly string[]): readonly string[] {
  return command[0] === '--' ? command.slice(1) : command;
}
