import type { Command } from 'commander';
import { InputError } from '../sys/errors.ts';
import { collect } from './command-options.ts';

/** Refuses an option that takes one value and is given twice: commander itself would use the last value, silently. */
export function refuseRepeated(command: Command): void {
  for (const option of command.options) if (takesOneValue(option)) refuseSecond(command, option);
  for (const each of command.commands) refuseRepeated(each);
}

type DeclaredOption = Command['options'][number];

/** A flag has no value, and may be said twice. */
function takesOneValue({ required, optional, parseArg }: DeclaredOption): boolean {
  return (required || optional) && (parseArg as unknown) !== collect;
}

function refuseSecond(command: Command, option: DeclaredOption): void {
  let given: string | undefined;
  command.on(`option:${option.name()}`, (value: string) => {
    if (given !== undefined)
      throw new InputError(`${option.flags.replace(/ [<[].*/, '')} is given twice, and takes one value`, {
        hint: `it has ${JSON.stringify(given)} and ${JSON.stringify(value)}: leave out one`,
      });
    given = value;
  });
}
