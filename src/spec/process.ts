import { isAbsolute } from 'node:path';
import { InputError } from '../sys/errors.ts';

/** Checks the working directory of a command. */
export function checkWorkdir(workdir: string): string {
  if (!isAbsolute(workdir))
    throw new InputError(`the working directory "${workdir}" is not an absolute path`);
  return workdir;
}

/** Checks the name of an environment variable. */
export function checkVariable(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new InputError(`"${name}" is not the name of an environment variable`);
  return name;
}
