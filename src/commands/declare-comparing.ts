import { collect, type Declaring } from './declaring.ts';

/** Our pod beside others'. */
export function declareComparing({ program, globals, finish }: Declaring): void {
  const compare = program
    .command('compare')
    .description('our pod beside Docker’s, fact by fact: docker, modes');
  compare.helpCommand(false);
  compare
    .command('docker')
    .description('the article’s pod on both sides: what is the same, what differs, and why')
    .option(
      '--docker <names>',
      'three containers that run: the one that keeps the namespaces, nginx, busybox',
    )
    .option(
      '--pod <names>',
      'a pod of ours that runs, with its nginx and busybox, or with two workloads that are named',
    )
    .option(
      '-f, --filename <file>',
      'a manifest of one pod, instead of the article’s: it is translated to docker commands (again for more files)',
      collect,
      [],
    )
    .option('--image <name=command>', 'the program that stands for an image (again for more)', collect, [])
    .option('--allow-host-path', "let the manifest have volumes of this host's own files")
    .option('--save <file>', 'keep what was found of Docker’s')
    .option('--saved <file>', 'what was kept, or a profile by name, instead of an engine')
    .option('-o, --output <format>', 'table, json or markdown')
    .action(async (options) =>
      finish(await (await import('./compare.ts')).compareDocker(options, globals())),
    );
  compare
    .command('modes')
    .description('who shares what in every mode, by Docker’s words and by ours: measured now')
    .option('-o, --output <format>', 'table, json or markdown')
    .action(async (options) => finish(await (await import('./compare.ts')).compareModes(options, globals())));
}
