import { collect, type DeclareContext, output } from './command-options.ts';

/** Declares `compare`. */
export function declareComparing({ program, globals, finish }: DeclareContext): void {
  const compare = program.command('compare').description('compare our pod with Docker’s: docker, modes');
  compare.helpCommand(false);
  output(compare.command('docker'), ['table', 'json', 'markdown'])
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
    .action(async (options) =>
      finish(await (await import('./compare.ts')).compareDocker(options, globals())),
    );
  output(compare.command('modes'), ['table', 'json', 'markdown'])
    .description('measure which namespaces a container shares in each mode, with Docker and with nslab')
    .option(
      '--saved <file>',
      'what -o json has printed elsewhere, or the profile docker, instead of an engine',
    )
    .action(async (options) => finish(await (await import('./compare.ts')).compareModes(options, globals())));
}
