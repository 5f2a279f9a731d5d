import { readdirSync } from 'node:fs';
import { InputError } from '../sys/errors.ts';
import { which } from '../sys/which.ts';
import type { Lab, LabScript } from './lab.ts';
import type { LabText } from './text/lab-text.ts';
import { type Language, wordsOf } from './text/language.ts';
import { localize } from './text/localize.ts';

/** Defined by the build: the bundle has no folder to list. */
declare const LAB_FILES: readonly string[] | undefined;

/** All labs in the order of their numbers: the files of `scripts/labs`, with their text in one language. */
export async function allLabs(language: Language = 'en'): Promise<Lab[]> {
  const words = await wordsOf(language);
  return Promise.all(
    labFiles().map(async (file) => localize(await scriptOf(file), await textOf(file, language), words)),
  );
}

/** All that a drill may break: the labs, and last the whole stack, which is no lesson. */
export async function allDrills(language: Language = 'en'): Promise<Lab[]> {
  const stack = localize(await scriptOf(STACK), await textOf(STACK, language), await wordsOf(language));
  return [...(await allLabs(language)), stack];
}

/** The name of the whole stack, and its file. */
export const STACK = 'stack';

/** `01-namespaces`, … */
export function labFiles(): readonly string[] {
  if (typeof LAB_FILES !== 'undefined') return LAB_FILES;
  const names = readdirSync(new URL('../../scripts/labs', import.meta.url));
  return names.flatMap((name) => /^(\d\d-[\w-]+)\.ts$/.exec(name)?.[1] ?? []).sort();
}

export async function scriptOf(file: string): Promise<LabScript> {
  return (await import(`../../scripts/labs/${file}.ts`)).default;
}

export async function textOf(file: string, language: Language): Promise<LabText> {
  return (await import(`../../scripts/labs/text/${file}.${language}.ts`)).default;
}

/** Finds labs by name; `all` means every lab. */
export async function labsNamed(names: readonly string[], language: Language = 'en'): Promise<Lab[]> {
  return chosen(names, await allLabs(language));
}

/** Finds what a drill may break. Without a name it is the whole stack, or where that cannot run here every lab. */
export async function drillsNamed(name: string | undefined, language: Language = 'en'): Promise<Lab[]> {
  const all = await allDrills(language);
  if (name !== undefined) return chosen([name], all);
  const [stack] = chosen([STACK], all);
  return stack && (await whyNot(stack)) === undefined ? [stack] : all;
}

function chosen(names: readonly string[], labs: readonly Lab[]): Lab[] {
  if (names.includes('all')) return [...labs];
  return names.map((name) => {
    const lab = labs.find((each) => each.name === name);
    if (lab) return lab;
    throw new InputError(`no lab "${name}"`, {
      hint: `labs: ${labs.map((each) => each.name).join(', ')}`,
    });
  });
}

/** Why a lab cannot run on this machine; undefined when it can. */
export async function whyNot({
  needs = [],
  lacks,
}: Pick<Lab, 'needs' | 'lacks'>): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'it needs root';
  const missing = needs.filter((file) => which(file) === undefined);
  if (missing.length > 0) return `it needs ${missing.join(' and ')}, which this machine lacks`;
  return lacks?.();
}
