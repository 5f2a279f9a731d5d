import { Command, Option } from 'commander';
import { declareComparing } from './declare-comparing.ts';
import { declareLabs } from './declare-labs.ts';
import { declareMachine } from './declare-machine.ts';
import { declareObserving } from './declare-observing.ts';
import { declarePods } from './declare-pods.ts';
import { declareWorkloads } from './declare-workloads.ts';
import type { GlobalOptions } from './globals.ts';

/**
 * The command line: every command with its arguments and options, and nothing of what they do. A command's code is
 * loaded when it is called, so that `ps` does not wait for what `hold` needs.
 */
export function buildProgram(finish: (status: number) => void): Command {
  const program = new Command('nslab')
    .description('A laboratory for Linux namespaces: how a pod gets its network, in the open.')
    .option('--state-dir <dir>', 'where the state is kept (default: /run/nslab)')
    .option(
      '-v, --verbose',
      'print each kernel call and command as it happens; twice: the bytes of messages, too',
      (_, n: number) => n + 1,
      0,
    )
    .option('--transcript <file>', 'write the transcript of this command to a file, as JSON lines')
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .helpCommand(false);
  const declaring = { program, finish, globals: () => program.opts<GlobalOptions>() };
  declarePods(declaring);
  declareWorkloads(declaring);
  declareObserving(declaring);
  declareLabs(declaring);
  declareComparing(declaring);
  declareMachine(declaring);
  return program;
}
