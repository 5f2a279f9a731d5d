import type { Command } from 'commander';
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
    .option('--driver <driver>', 'how to configure the network: netlink (default) or ip (iproute2)');
}

/** Adds the options of a command that prints a list. */
export function listing(command: Command): Command {
  return command
    .option('-o, --output <format>', 'table, wide, json, yaml or name')
    .option('-q, --quiet', 'names only')
    .option('--no-headers', 'without the header line');
}

/** Collects the values of a repeatable option. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
