import { type Command, Option } from 'commander';
import type { GlobalOptions } from './globals.ts';

/** Passed to every `declare…` function. */
export interface DeclareContext {
  readonly program: Command;
  /** The global options. Known only after parsing, hence a function. */
  globals(): GlobalOptions;
  /** Sets the exit status. */
  finish(status: number): void;
}

/** Adds the options of a command that changes something. */
export function changing(command: Command): Command {
  return command
    .option('--dry-run', 'print the system calls and commands, and run none of them')
    .addOption(
      new WordOption(
        '--driver <driver>',
        'how to configure the network: netlink (default) or ip (iproute2)',
        ['netlink', 'ip'],
      ),
    );
}

/** Adds the options of a command that prints a list. */
export function listing(command: Command): Command {
  return output(command, ['table', 'wide', 'json', 'yaml', 'name'])
    .option('-q, --quiet', 'names only')
    .option('--no-headers', 'without the header line');
}

/** Adds `-o`, with the formats that the command can print. */
export function output(command: Command, formats: readonly string[], before = '', after = ''): Command {
  const listed = `${formats.slice(0, -1).join(', ')} or ${formats.at(-1)}`;
  return command.addOption(new WordOption('-o, --output <format>', `${before}${listed}${after}`, formats));
}

/** An option whose value is one of some words. The command itself refuses others, completion offers these. */
export class WordOption extends Option {
  readonly words: readonly string[];

  constructor(flags: string, description: string, words: readonly string[]) {
    super(flags, description);
    this.words = words;
  }
}

/** Collects the values of a repeatable option. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
