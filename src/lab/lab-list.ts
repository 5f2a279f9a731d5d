import { readdirSync } from 'node:fs';
import { InputError } from '../sys/errors.ts';
import { which } from '../sys/which.ts';
import type { Lab } from './lab.ts';

/** Defined by the build: the bundle has no folder to list. */
declare const LAB_FILES: readonly string[] | undefined;

/** All labs in the order of their numbers: the files of `scripts/labs`. */
export async function allLabs(): Promise<Lab[]> {
  const files = typeof LAB_FILES === 'undefined' ? labFiles() : LAB_FILES;
  const modules = files.map((name) => import(`../../scripts/labs/${name}.ts`));
  return (await Promise.all(modules)).map((module) => module.default as Lab);
}

function labFiles(): string[] {
  const names = readdirSync(new URL('../../scripts/labs', import.meta.url));
  return names.flatMap((name) => /^(\d\d-[\w-]+)\.ts$/.exec(name)?.[1] ?? []).sort();
}

/** Finds labs by name; `all` means every lab. */
export async function labsNamed(names: readonly string[]): Promise<Lab[]> {
  const labs = await allLabs();
  if (names.includes('all')) return labs;
  return names.map((name) => {
    const lab = labs.find((each) => each.name === name);
    if (lab) return lab;
    throw new InputError(`no lab "${name}"`, {
      hint: `labs: ${labs.map((each) => each.name).join(', ')}`,
    });
  });
}

/** Why a lab cannot run on this machine; undefined when it can. */
export async function whyNot({ needs = [], lacks }: Lab): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'it needs root';
  const missing = needs.filter((file) => which(file) === undefined);
  if (missing.length > 0) return `it needs ${missing.join(' and ')}, which this machine lacks`;
  return lacks?.();
}
