import { Command, Option } from 'commander';
import { commandPath } from './completion/values.ts';
import { declareComparing } from './declare-comparing.ts';
import { declareLabs } from './declare-labs.ts';
import { declareMachine } from './declare-machine.ts';
import { declareObserving } from './declare-observing.ts';
import { declarePods } from './declare-pods.ts';
import { declareServices } from './declare-services.ts';
import { declareWorkloads } from './declare-workloads.ts';
import { examplesText } from './examples.ts';
import type { GlobalOptions } from './globals.ts';
import { refuseRepeated } from './single-values.ts';
import { versionLine } from './version.ts';

/**
 * Declares the command line: commands, arguments and options. The code of a command is imported when the command runs, so
 * that `ps` does not load what `hold` needs.
 */
export function buildProgram(finish: (status: number) => void): Command {
  const program = new Command('nslab');
  program
    .description(
      'A laboratory for Linux namespaces: makes pods without a container engine and shows every system call.',
    )
    // Inherited by the commands that are declared below.
    .configureHelp({
      showGlobalOptions: true,
      // --version is no command's.
      visibleGlobalOptions: (command) =>
        command === program ? [] : program.options.filter(({ long }) => long !== '--version'),
      optionDescription,
    })
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
    .version(versionLine(), '-V, --version', 'print the version')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .helpCommand(false);
  const context = { program, finish, globals: () => program.opts<GlobalOptions>() };
  declarePods(context);
  declareWorkloads(context);
  declareServices(context);
  declareObserving(context);
  declareLabs(context);
  declareComparing(context);
  declareMachine(context);
  program.addHelpText('afterAll', ({ command }) =>
    examplesText(command === program ? '' : commandPath(command)),
  );
  for (const command of program.commands) acceptGlobals(command, program);
  refuseRepeated(program);
  return program;
}

/** Without commander's "(default: [])" of what can be repeated. */
function optionDescription({ description, argChoices }: Option): string {
  return argChoices ? `${description}: ${argChoices.join(', ')}` : description;
}

/** A global option may stand behind the command's name, too. Its value goes to the program. */
function acceptGlobals(command: Command, program: Command): void {
  for (const option of program.options) {
    if (option.long === '--version') continue;
    const name = option.attributeName();
    const twin = new Option(option.flags, option.description).hideHelp().argParser((value: string) => {
      const parsed = option.parseArg ? option.parseArg(value, program.getOptionValue(name)) : value;
      program.setOptionValueWithSource(name, parsed, 'cli');
      return parsed;
    });
    if (option.argChoices) twin.argChoices = option.argChoices;
    command.addOption(twin);
  }
  for (const inner of command.commands) acceptGlobals(inner, program);
}
