import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Grade, gradeClass, type LearnerGrades, type Results, readResults, sum } from '../lab/grade.ts';
import { json } from '../render/output.ts';
import { table } from '../render/table.ts';
import { errorCode, InputError } from '../sys/errors.ts';
import { printNotice } from './globals.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab lab grade DIR`: a table of a class from the result files of its learners. Status 1 when a file is none. */
export async function labGrade(directory: string, options: { output?: string }): Promise<number> {
  const format = checkFormat(options.output ?? 'table', ['table', 'json']);
  const files: [string, Results][] = [];
  const unreadable: string[] = [];
  for (const name of resultFiles(directory)) {
    const results = readFile(join(directory, name));
    // alice.json, alice.wire.json, alice.drill-2.json
    if (results) files.push([name.split('.')[0] ?? name, results]);
    else unreadable.push(name);
  }
  if (files.length + unreadable.length === 0)
    throw new InputError(`${directory} has no result file`, {
      hint: 'a learner makes one: sudo nslab lab run wire --step -o json >alice.json',
    });
  const items = gradeClass(files);
  if (format === 'json') print(json({ kind: 'LabGrades', items, unreadable }));
  else print(asTable(items));
  for (const name of unreadable)
    printNotice(`${name} is no result of \`nslab lab run -o json\` or \`nslab lab drill -o json\``);
  return unreadable.length > 0 ? 1 : 0;
}

function resultFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (cause) {
    throw new InputError(`cannot read ${directory}: ${errorCode(cause)}`, {
      cause,
      hint: 'a directory of .json files',
    });
  }
}

function readFile(path: string): Results | undefined {
  const { size } = statSync(path);
  return size > MAX_SIZE ? undefined : readResults(readFileSync(path, 'utf8'));
}

/** In bytes: all labs make a tenth of it. */
const MAX_SIZE = 4 << 20;

function asTable(items: readonly LearnerGrades[]): string {
  const labs = [...new Set(items.flatMap((each) => Object.keys(each.labs)))];
  const rows = items.map(({ learner, labs: own, drills, ...all }) => [
    learner,
    ...labs.map((lab) => points(own[lab])),
    points(sum(Object.values(drills))),
    points(all),
    String(all.tries),
    clock(all.seconds),
  ]);
  const heads = labs.map((lab) => lab.toUpperCase());
  return `${table(['LEARNER', ...heads, 'DRILLS', 'TOTAL', 'TRIES', 'TIME'], rows)}\n`;
}

/** `3/4`; nothing was asked: `-`. */
function points(grade: Grade | undefined): string {
  return grade && grade.of > 0 ? `${grade.points}/${grade.of}` : '-';
}

function clock(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
  return `${minutes}:${String(rest).padStart(2, '0')}`;
}
