import type { Command, Option } from 'commander';
import { FOREIGN_AFTER } from './values.ts';

/** Where the cursor is on a command line. */
export interface Cursor {
  readonly command: Command;
  /** The operands before the cursor. */
  readonly operands: readonly string[];
  /** The option whose value is being typed. */
  readonly option: Option | undefined;
  /** The words are operands, or those of another program: after `--`. */
  readonly ended: boolean;
  readonly stateDir: string | undefined;
}

/** Reads the words before the cursor. Unknown options are skipped. */
export function findCursor(program: Command, before: readonly string[]): Cursor {
  let command = program;
  let operands: string[] = [];
  let option: Option | undefined;
  let ended = false;
  let stateDir: string | undefined;
  for (const word of before) {
    if (option) {
      if (option.long === '--state-dir') stateDir = word;
      option = undefined;
    } else if (!ended && word === '--') ended = true;
    else if (!ended && word.length > 1 && word.startsWith('-')) {
      const [flag = word] = /^--[^=]*/.exec(word) ?? [];
      const found = findOption(command, program, flag);
      if (found?.required && flag === word) option = found;
      else if (found?.long === '--state-dir') stateDir = word.slice(flag.length + 1);
    } else {
      const inner = ended || operands.length > 0 ? undefined : findCommand(command, word);
      if (inner) command = inner;
      else operands = [...operands, word];
      // `run` and `exec` stop reading options at their first operand.
      if (!inner && command.name() in FOREIGN_AFTER) ended = true;
    }
  }
  return { command, operands, option, ended, stateDir };
}

/** A word as the shell would pass it on, for plain quoting; nothing is expanded. A quote may still be open. */
export function unquoted(word: string): string {
  return word.replace(
    /'([^']*)(?:'|$)|"((?:[^"\\]|\\.)*)(?:"|\\?$)|\\(.?)/gs,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  );
}

/** The options of a command, and the global ones. */
export function optionsOf(command: Command, program: Command): Option[] {
  const own = command.options.filter(({ hidden }) => !hidden);
  const global = program.options.filter(({ long }) => !own.some((option) => option.long === long));
  return command === program ? own : [...own, ...global.filter(({ long }) => long !== '--version')];
}

export function findOption(command: Command, program: Command, flag: string): Option | undefined {
  return optionsOf(command, program).find(({ short, long }) => flag === short || flag === long);
}

function findCommand(command: Command, name: string): Command | undefined {
  return command.commands.find((each) => each.name() === name);
}
