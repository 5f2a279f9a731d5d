import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { InputError } from '../sys/errors.ts';
import type { Lab } from './lab.ts';

/** All labs, in the order of their numbers. A lab is a file: there is no other list of them. */
export async function allLabs(): Promise<Lab[]> {
  const directory = place();
  const files = existsSync(directory)
    ? readdirSync(directory).filter((name) => /^\d\d-[\w-]+\.[jt]s$/.test(name))
    : [];
  const modules = files.sort().map((name) => import(pathToFileURL(join(directory, name)).href));
  return (await Promise.all(modules)).map((module) => module.default as Lab);
}

/** The labs that are named; `all` is all of them. */
export async function labsNamed(names: readonly string[]): Promise<Lab[]> {
  const labs = await allLabs();
  if (names.includes('all')) return labs;
  return names.map((name) => {
    const lab = labs.find((each) => each.name === name);
    if (lab) return lab;
    throw new InputError(`no lab "${name}"`, {
      hint: `there are ${labs.map((each) => each.name).join(', ')}`,
    });
  });
}

/** Why a lab cannot be run on this machine, or undefined. */
export async function whyNot({ needs = [], lacks }: Lab): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'it needs root';
  const missing = needs.filter((file) => !isInPath(file));
  if (missing.length > 0) return `it needs ${missing.join(' and ')}, which this machine has not`;
  return lacks?.();
}

/** `dist/labs` beside the bundle, `scripts/labs` when the sources run (tests). */
function place(): string {
  const [, root, tree] = /^(.*)\/(dist|src)\//.exec(import.meta.url) ?? [];
  return fileURLToPath(`${root}/${tree === 'dist' ? 'dist/labs' : 'scripts/labs'}`);
}

function isInPath(file: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, file), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
