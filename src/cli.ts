import { constants } from 'node:os';
import { type Command, CommanderError } from 'commander';
import { readSignalWords } from './commands/argv.ts';
import { commandPath } from './commands/completion/values.ts';
import type { GlobalOptions } from './commands/globals.ts';
import { NEIGHBOURS } from './commands/neighbours.ts';
import { printError, printScript } from './commands/print.ts';
import { buildProgram } from './commands/program.ts';
import { palette } from './render/palette.ts';
import { plain } from './render/plain.ts';
import { ownArguments } from './sys/bytes.ts';
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
const argv = ownArguments(process.argv);
const words = argv.slice(2);
const withValue = new Set(program.options.filter(({ required }) => required).map(({ long }) => long));
const verb = words.find((word, index) => !word.startsWith('-') && !withValue.has(words[index - 1]));
const runsCommands = verb === 'run' || verb === 'exec';
/** Whose words could not be understood. */
let refusing: Command = program;

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
  for (const command of commandsOf(program)) {
    command
      .exitOverride((error) => {
        refusing = command;
        throw error;
      })
      .configureOutput({ outputError: () => {} });
  }
  try {
    // What was typed so far is data for completion, and no command line.
    if (words[0] === '__complete')
      return await (await import('./commands/completion/complete.ts')).complete(program, words.slice(2));
    if (words[0] === '__documents') {
      const { documents } = await import('./commands/documents/documents.ts');
      printScript(JSON.stringify(documents(program)));
      return;
    }
    await program.parseAsync(verb === 'kill' ? readSignalWords(words) : words, { from: 'user' });
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
    const neighbour = error.code === 'commander.unknownCommand' ? neighbourOf(verb) : undefined;
    if (neighbour !== undefined) print([neighbour], undefined);
    else {
      // What was typed stands in it, and may have newlines, too.
      const [, message = '', hint] =
        /^(?:error: )?(.*?)(?:\n\((Did you mean .*)\))?$/s.exec(error.message) ?? [];
      const path = refusing === program ? '' : `${commandPath(refusing)} `;
      print(
        [message === '(outputHelp)' ? 'no command given' : message],
        hint ??
          `nslab ${path}--help lists ${refusing.commands.length > 0 ? 'commands' : 'arguments'} and options`,
      );
    }
    return runsCommands ? 125 : 2;
  }
  if (!(error instanceof OperationError)) {
    if (['EMFILE', 'ENFILE'].includes(errorCode(error) ?? '')) {
      print([(error as Error).message], 'too many open files: raise `ulimit -n`');
      return runsCommands ? 125 : 1;
    }
    // A bug. The message is for the user, the stack for a developer.
    print([error instanceof Error ? error.message : String(error)], 'NSLAB_DEBUG=1 prints the stack trace');
    if (process.env.NSLAB_DEBUG && error instanceof Error) printError(`${error.stack}\n`);
    return runsCommands ? 125 : 1;
  }
  print(error.lines, error.hint);
  return statusOf(error);
}

/** Another tool's verb is answered with ours. */
function neighbourOf(verb: string | undefined): string | undefined {
  if (refusing !== program || verb === undefined || !Object.hasOwn(NEIGHBOURS, verb)) return undefined;
  return `nslab has no \`${verb}\`; the same is: ${NEIGHBOURS[verb]}`;
}

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
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
