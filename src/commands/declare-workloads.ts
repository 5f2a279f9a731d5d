import { changing, collect, type Declaring, listing } from './declaring.ts';

/** Workloads: starting, watching and ending them. */
export function declareWorkloads({ program, globals, finish }: Declaring): void {
  changing(program.command('run <command...>'))
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
    .option('-w, --workdir <dir>', 'the working directory (default: /)')
    .option('-u, --user <user[:group]>', 'whom to run as (default: root)')
    .option('--volume <host:dir[:ro]>', "a file or directory of the host's (again for more)", collect, [])
    .option('--privileged', "all capabilities, the host's devices")
    .option('--restart <policy>', 'no, on-failure or always')
    .option('--stop-timeout <seconds>', 'between TERM and KILL (default: 10)')
    .passThroughOptions()
    .action(async (command, options) =>
      finish(await (await import('./run.ts')).run(command, options, globals())),
    );

  program
    .command('exec <name> <command...>')
    .description('run a command inside: POD, POD/WORKLOAD, or a workload')
    .option('-i, --interactive', 'pass standard input on')
    .option('-t, --tty', 'a terminal of its own')
    .option('--privileged', 'all capabilities')
    .passThroughOptions()
    .action(async (name, [first, ...rest], options) => {
      // `exec POD -- CMD` is `exec POD CMD`: people write both.
      const command = first === '--' ? rest : [first, ...rest];
      finish(await (await import('./exec.ts')).exec(name, command, options, globals()));
    });

  listing(program.command('ps'))
    .description('list holders and workloads')
    .option('-a, --all', 'also workloads that have ended')
    .action(async (options) => finish(await (await import('./ps.ts')).ps(options, globals())));

  program
    .command('logs <name>')
    .description('what a workload has written')
    .option('-f, --follow', 'go on until it ends')
    .option('--tail <lines>', 'only the last lines')
    .action(async (name, options) =>
      finish(await (await import('./logs.ts')).logs(name, options, globals())),
    );

  changing(program.command('stop <name...>'))
    .description('end workloads: TERM, the grace period, KILL')
    .action(async (names, options) =>
      finish(await (await import('./stop.ts')).stop(names, options, globals())),
    );

  changing(program.command('kill <name...>'))
    .description('send a signal to workloads')
    .option('-s, --signal <signal>', 'a name or a number (default: KILL)')
    .action(async (names, options) =>
      finish(await (await import('./kill.ts')).kill(names, options, globals())),
    );

  program
    .command('wait <name...>')
    .description('wait until workloads have ended, and print their exit status')
    .action(async (names) => finish(await (await import('./wait.ts')).wait(names, globals())));

  changing(program.command('restart <name...>'))
    .description('end workloads and start them as they were')
    .action(async (names, options) =>
      finish(await (await import('./restart.ts')).restart(names, options, globals())),
    );

  changing(program.command('rm <name...>'))
    .description('forget workloads that have ended')
    .option('-f, --force', 'end them first')
    .action(async (names, options) => finish(await (await import('./rm.ts')).rm(names, options, globals())));
}
