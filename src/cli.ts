import { constants } from 'node:os';
import { CommanderError } from 'commander';
import type { GlobalOptions } from './commands/globals.ts';
import { printError } from './commands/print.ts';
import { buildProgram } from './commands/program.ts';
import { palette } from './render/palette.ts';
import { plain } from './render/plain.ts';
import { errorCode, InputError, OperationError } from './sys/errors.ts';

/**
 * The only place that prints an error or sets the exit status.
 *
 * 0 done · 1 failed · 2 usage or invalid input, nothing touched · 3 a check or comparison failed · 128+n interrupted.
 * `run` and `exec` return their command's status; an error of nslab is 125 there, as with Docker.
 */
const program = buildProgram((status) => {
  process.exitCode = status;
});
const words = process.argv.slice(2);
const withValue = new Set(program.options.filter(({ required }) => required).map(({ long }) => long));
const verb = words.find((word, index) => !word.startsWith('-') && !withValue.has(words[index - 1]));
const runsCommands = verb === 'run' || verb === 'exec';

// EPIPE on stdout (`nslab ps | head -1`) is no failure; a full disk is.
const writeErrors = new Set<unknown>();
process.stdout.on('error', (error) => writeErrors.add(error));
process.stderr.on('error', () => {});
process.once('exit', () => {
  const [first] = writeErrors;
  if (first !== undefined && !process.exitCode) process.exitCode = report(first);
});
// A bug: thrown by a callback, or a rejected promise without a handler. Node itself would print it unescaped.
process.on('uncaughtException', (error) => process.exit(report(error)));
void main();

async function main(): Promise<void> {
  if (verb === 'completion' || verb === 'complete') {
    (await import('./commands/completion.ts')).addCompletion(program);
  } else {
    program.command('completion <shell>').description('print a completion script for bash, zsh or fish');
  }
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((each) => each.commands),
  ]) {
    command.exitOverride().configureOutput({ outputError: () => {} });
  }
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (writeErrors.has(error)) {
    if (errorCode(error) === 'EPIPE') return 0;
    print([`cannot write standard output: ${(error as Error).message}`], undefined);
    return runsCommands ? 125 : 1;
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // What was typed stands in it, and may have newlines, too.
    const [, message = '', hint] =
      /^(?:error: )?(.*?)(?:\n\((Did you mean .*)\))?$/s.exec(error.message) ?? [];
    print(
      [message === '(outputHelp)' ? 'no command given' : message],
      hint ?? `nslab ${isKnown(verb) ? `${verb} ` : ''}--help lists commands and options`,
    );
    return runsCommands ? 125 : 2;
  }
  if (!(error instanceof OperationError)) {
    // A bug. The message is for the user, the stack for a developer.
    print([error instanceof Error ? error.message : String(error)], 'NSLAB_DEBUG=1 prints the stack trace');
    if (process.env.NSLAB_DEBUG && error instanceof Error) printError(`${error.stack}\n`);
    return runsCommands ? 125 : 1;
  }
  print(error.lines, error.hint);
  return statusOf(error);
}

function isKnown(verb: string | undefined): boolean {
  return program.commands.some((command) => command.name() === verb);
}

function statusOf(error: OperationError): number {
  if ('signal' in error) return 128 + constants.signals[error.signal as NodeJS.Signals];
  if (runsCommands) return 'status' in error ? (error.status as number) : 125;
  return error instanceof InputError ? 2 : 1;
}

function print(lines: readonly string[], hint: string | undefined): void {
  const colors = palette(process.stderr, program.opts<GlobalOptions>().color);
  const { red, cyan } = colors;
  printError(`${red('nslab:')} ${lines.map(plain).join('\n')}\n`, colors);
  if (hint !== undefined) printError(`${cyan('hint:')} ${plain(hint)}\n`, colors);
}
