import type { Command } from 'commander';
import type { GlobalOptions } from './globals.ts';

/** What the declarations of commands share. */
export interface Declaring {
  readonly program: Command;
  /** The options that stood before the command, once they are known. */
  globals(): GlobalOptions;
  /** What ends a command: its exit status. */
  finish(status: number): void;
}

/** Declares a command that changes something. */
export function changing(command: Command): Command {
  return command
    .option('--dry-run', 'print the system calls and commands it would make, and make none')
    .option(
      '--driver <driver>',
      'who configures the network: netlink (the default) or ip, which is iproute2',
    );
}

/** Declares a command that prints a list. */
export function listing(command: Command): Command {
  return command
    .option('-o, --output <format>', 'table, wide, json, yaml or name')
    .option('-q, --quiet', 'names alone')
    .option('--no-headers', 'without the heading');
}

/** For options that may be given again and again. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
