import { mkdirSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Lab } from '../lab/lab.ts';
import { allLabs, labFiles, labsNamed, whyNot } from '../lab/lab-list.ts';
import {
  learnerSheet,
  type Measured,
  measureLab,
  type SheetOptions,
  teacherSheet,
} from '../lab/lab-sheet.ts';
import { fill } from '../lab/text/fill.ts';
import { chooseLanguage, wordsOf } from '../lab/text/language.ts';
import { sheetHtml } from '../render/lab-sheet/sheet.ts';
import { InputError } from '../sys/errors.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { printLine } from './print.ts';
import { withProgress } from './progress.ts';
import { withLabSession } from './with-lab-session.ts';
import { writeFailure } from './write-failure.ts';

export interface ExportOptions {
  readonly out?: string;
  readonly lang?: string;
}

/** `nslab lab export --out DIR`: each lab as a page to print, and a teacher's copy with the answers of this machine. */
export async function labExport(
  names: readonly string[],
  { out, lang }: ExportOptions,
  globals: GlobalOptions,
): Promise<number> {
  if (out === undefined)
    throw new InputError('lab export needs a directory to write to', { hint: 'nslab lab export --out labs' });
  const language = chooseLanguage(lang);
  const words = await wordsOf(language);
  const labs = await labsNamed(names.length > 0 ? names : ['all'], language);
  const files = labFiles();
  const order = (await allLabs(language)).map(({ name }) => name);
  makeDirectory(out);
  for (const lab of labs) {
    const file = files[order.indexOf(lab.name)] ?? lab.name;
    const options = { number: file.slice(0, 2), language, words };
    write(out, `${file}.html`, sheetHtml(learnerSheet(lab, options)));
    write(out, `${file}.teacher.html`, sheetHtml(await teacherOf(lab, options, globals)));
  }
  return 0;
}

async function teacherOf(lab: Lab, options: SheetOptions, globals: GlobalOptions) {
  const { page } = options.words;
  const reason = await whyNot(lab);
  if (reason !== undefined) {
    printNotice(`lab "${lab.name}" is not measured: ${reason}`);
    return teacherSheet(lab, options, fill(page.notMeasured, { reason }), undefined);
  }
  const measured: Measured = await withProgress((say) => {
    say(() => `running lab ${lab.name} for its answers`);
    return withLabSession(globals, (session, takeCalls) => measureLab(lab, session, takeCalls));
  });
  const date = new Date().toISOString().slice(0, 10);
  const where = fill(page.measured, { host: hostname(), kernel: release(), date });
  return teacherSheet(lab, options, where, measured);
}

function makeDirectory(out: string): void {
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw writeFailure(out, error);
  }
}

/** Prints the name of each file that was written. */
function write(out: string, name: string, html: string): void {
  const path = join(out, name);
  try {
    writeFileAtomic.sync(path, html, { fsync: false, mode: 0o644 });
  } catch (error) {
    throw writeFailure(path, error);
  }
  printLine(path);
}
