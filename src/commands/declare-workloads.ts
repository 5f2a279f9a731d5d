import { changing, collect, type DeclareContext, listing, WordOption } from './command-options.ts';
import { listOfNamespace, podsOfNamespace } from './namespace-option.ts';

/** Declares the commands of workloads. */
export function declareWorkloads({ program, globals, finish }: DeclareContext): void {
  changing(program.command('run <command...>'))
    .description('start a workload in the namespaces of a pod; namespaces that it does not join are new')
    .usage('--name W --network container:POD [options] -- COMMAND ARG…')
    .option('--name <name>', 'the name of the workload (required)')
    .option('-d, --detach', 'return when it runs')
    .option('--rm', 'remove its record when it has ended')
    .option('--pod <pod>', 'short for --network, --ipc and --uts container:POD')
    .option('--network <where>', 'container:POD, none or host')
    .option('--ipc <where>', 'container:POD or host')
    .option('--pid <where>', 'container:POD or host')
    .option('--uts <where>', 'container:POD or host')
    .option('-e, --env <name=value>', 'an environment variable (repeatable)', collect, [])
    .option('-w, --workdir <dir>', 'the working directory (default: /)')
    .option('-u, --user <user[:group]>', 'the user to run as (default: root)')
    .option('--volume <host:dir[:ro]>', 'mount a file or directory of the host (repeatable)', collect, [])
    .option('--privileged', 'all capabilities, and the devices of the host')
    .addOption(
      new WordOption('--restart <policy>', 'no, on-failure or always', ['no', 'on-failure', 'always']),
    )
    .option('--stop-timeout <seconds>', 'the time between TERM and KILL (default: 10)')
    .passThroughOptions()
    .action(async (command, options) =>
      finish(await (await import('./run.ts')).run(command, options, globals())),
    );

  podsOfNamespace(program.command('exec <name> <command...>'))
    .description('run a command in a pod, POD/WORKLOAD, or a workload')
    .option('-i, --interactive', 'pass standard input to the command')
    .option('-t, --tty', 'allocate a terminal')
    .option('-e, --env <name=value>', 'an environment variable (repeatable)', collect, [])
    .option('-w, --workdir <dir>', 'the working directory (default: that of the workload)')
    .option('-u, --user <user[:group]>', 'the user to run as (default: that of the workload)')
    .option('--privileged', 'all capabilities')
    .passThroughOptions()
    .action(async (name, [first, ...rest], options) => {
      // `exec POD -- CMD` is accepted as `exec POD CMD`.
      const command = first === '--' ? rest : [first, ...rest];
      finish(await (await import('./exec.ts')).exec(name, command, options, globals()));
    });

  listOfNamespace(listing(program.command('ps [name...]')))
    .description('list holders and workloads')
    .option('-a, --all', 'include workloads that have ended')
    .option('--filter <key=value>', 'only name=TEXT or state=STATE (repeatable)', collect, [])
    .action(async (names, options) => finish(await (await import('./ps.ts')).ps(names, options, globals())));

  podsOfNamespace(program.command('logs <name>'))
    .description('print the output of a workload')
    .option('-f, --follow', 'follow until it ends')
    .option('--tail <lines>', 'print only the last lines, or all')
    .option('--since <time>', 'not possible: a log has no times')
    .option('-t, --timestamps', 'not possible: a log has no times')
    .action(async (name, options) =>
      finish(await (await import('./logs.ts')).logs(name, options, globals())),
    );

  podsOfNamespace(changing(program.command('stop <name...>')))
    .description('stop workloads: TERM, the grace period, KILL')
    .option('--grace <seconds>', 'the time between TERM and KILL (default: that of each workload)')
    .action(async (names, options) =>
      finish(await (await import('./stop.ts')).stop(names, options, globals())),
    );

  podsOfNamespace(changing(program.command('kill <name...>')))
    .description('send a signal to workloads')
    .option('-s, --signal <signal>', 'a name or a number (default: KILL)')
    .action(async (names, options) =>
      finish(await (await import('./kill.ts')).kill(names, options, globals())),
    );

  podsOfNamespace(program.command('wait <name...>'))
    .description('wait until workloads have ended, and print their exit status')
    .action(async (names) => finish(await (await import('./wait.ts')).wait(names, globals())));

  podsOfNamespace(changing(program.command('restart <name...>')))
    .description('stop workloads and start them with the same options')
    .action(async (names, options) =>
      finish(await (await import('./restart.ts')).restart(names, options, globals())),
    );

  podsOfNamespace(changing(program.command('rm <name...>')))
    .description('remove the records of workloads that have ended')
    .option('-f, --force', 'kill running workloads first')
    .action(async (names, options) => finish(await (await import('./rm.ts')).rm(names, options, globals())));
}
