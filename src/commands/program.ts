import { Command, Option } from 'commander';
import { declareComparing } from './declare-comparing.ts';
import { declareLabs } from './declare-labs.ts';
import { declareMachine } from './declare-machine.ts';
import { declareObserving } from './declare-observing.ts';
import { declarePods } from './declare-pods.ts';
import { declareWorkloads } from './declare-workloads.ts';
import type { GlobalOptions } from './globals.ts';

/**
 * Declares the command line: commands, arguments and options. The code of a command is imported when the command runs, so
 * that `ps` does not load what `hold` needs.
 */
export function buildProgram(finish: (status: number) => void): Command {
  const program = new Command('nslab')
    .description(
      'A laboratory for Linux namespaces: makes pods without a container engine and shows every system call.',
    )
    .option('--state-dir <dir>', 'the state directory (default: /run/nslab)')
    .option(
      '-v, --verbose',
      'print each system call and command; twice: also the bytes of netlink messages',
      (_, n: number) => n + 1,
      0,
    )
    .option('--transcript <file>', 'append the transcript of this command to a file, as JSON lines')
    .addOption(
      new Option('--color <when>', 'use colours').choices(['auto', 'always', 'never']).default('auto'),
    )
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .helpCommand(false);
  const context = { program, finish, globals: () => program.opts<GlobalOptions>() };
  declarePods(context);
  declareWorkloads(context);
  declareObserving(context);
  declareLabs(context);
  declareComparing(context);
  declareMachine(context);
  return program;
}
