import { collect, type DeclareContext } from './command-options.ts';

/** Declares `compare`. */
export function declareComparing({ program, globals, finish }: DeclareContext): void {
  const compare = program.command('compare').description('compare our pod with Docker’s: docker, modes');
  compare.helpCommand(false);
  compare
    .command('docker')
    .description(
      'compare the article’s pod on both sides, fact by fact: what is the same, what differs, and why',
    )
    .option(
      '--docker <names>',
      'three running containers: pause (which keeps the namespaces), nginx, busybox',
    )
    .option(
      '--pod <names>',
      'a running pod of ours, and the names of two workloads (default: nginx, busybox)',
    )
    .option(
      '-f, --filename <file>',
      'a manifest with one pod, instead of the article’s; it is translated to docker commands (repeatable)',
      collect,
      [],
    )
    .option('--image <name=command>', 'map an image to an installed program (repeatable)', collect, [])
    .option('--allow-host-path', 'allow hostPath volumes')
    .option('--save <file>', 'write the facts of Docker’s pod to a file')
    .option('--saved <file>', 'a file of --save, or a profile by name, instead of an engine')
    .option('-o, --output <format>', 'table, json or markdown')
    .action(async (options) =>
      finish(await (await import('./compare.ts')).compareDocker(options, globals())),
    );
  compare
    .command('modes')
    .description('measure which namespaces a container shares in each mode, with Docker and with nslab')
    .option('-o, --output <format>', 'table, json or markdown')
    .action(async (options) => finish(await (await import('./compare.ts')).compareModes(options, globals())));
}
