import type { Command } from 'commander';
import { InputError } from '../sys/errors.ts';
import { changing, collect, type DeclareContext, listing, output, WordOption } from './command-options.ts';

/** Declares `network`, `images`, `gc`, `doctor`, `version` `help` and `completion`. */
export function declareMachine({ program, globals, finish }: DeclareContext): void {
  const network = program
    .command('network')
    .description('manage the networks of pods: create, ls, rm, inspect');
  network.helpCommand(false);
  changing(network.command('create <name>'))
    .description('create a network; it stays until it is removed')
    .addOption(
      new WordOption('--type <type>', 'bridge, or ptp (routed, without a bridge)', ['bridge', 'ptp']),
    )
    .option('--subnet <cidr>', 'the subnet (default: the first free 10.N.0.0/16)')
    .option('--mtu <bytes>', 'the MTU of its links (default: that of the interface of the default route)')
    .action(async (name, options) =>
      finish(await (await import('./network.ts')).networkCreate(name, options, globals())),
    );
  changing(network.command('rm <name...>'))
    .description('remove networks that no pod uses')
    .action(async (names, options) =>
      finish(await (await import('./network.ts')).networkRemove(names, options, globals())),
    );
  listing(network.command('ls'))
    .description('list networks')
    .action(async (options) => finish(await (await import('./network.ts')).networkList(options, globals())));
  output(network.command('inspect <name...>'), ['json', 'yaml'])
    .description('print the records of networks')
    .action(async (names, options) =>
      finish(await (await import('./network.ts')).networkInspect(names, options, globals())),
    );

  program
    .command('gc')
    .description('remove what killed commands left behind')
    .option('--dry-run', 'print what would be removed, and why')
    .action(async (options) => finish(await (await import('./gc.ts')).gc(options, globals())));

  const images = withImages(listing(program.command('images')))
    .description(
      'list the images that programs or directories of this machine stand for, and which are installed',
    )
    .action(async (options) => finish(await (await import('./images.ts')).images(options)));
  images.helpCommand(false);
  withImages(images.command('check <file...>'))
    .description('print what the images of manifests lack on this machine; status 3 if something is missing')
    .action(async (files, { image }) =>
      finish(await (await import('./images.ts')).imagesCheck(files, [...images.opts().image, ...image])),
    );

  output(program.command('doctor'), ['table', 'json', 'yaml'])
    .description('check what this machine has and what it lacks')
    .action(async (options) => finish(await (await import('./doctor.ts')).doctor(options, globals())));

  output(program.command('version'), ['text', 'json'])
    .description('print the versions of nslab, Node and the kernel')
    .action(async (options) => finish(await (await import('./version.ts')).version(options)));

  program
    .command('help [command...]')
    .description('print the help of nslab or of a command')
    .action((names: readonly string[]) => findHelp(program, names).outputHelp());

  program
    .command('completion <shell>')
    .description('print the completion script for bash, zsh or fish')
    .action(async (shell) => finish((await import('./completion.ts')).completion(shell)));
}

function findHelp(program: Command, names: readonly string[]): Command {
  return names.reduce((command, name) => {
    const inner = command.commands.find((each) => each.name() === name);
    if (inner) return inner;
    throw new InputError(`there is no command "${names.join(' ')}"`, { hint: 'nslab --help lists commands' });
  }, program);
}

function withImages(command: Command): Command {
  return command.option(
    '--image <name=command>',
    'add an image, also NAME=dir:PATH (repeatable)',
    collect,
    [],
  );
}
