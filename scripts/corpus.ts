import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { readSources } from '../src/api/sources.ts';
import { type ManifestSet, readManifests } from '../src/manifest/read.ts';
import { InputError } from '../src/sys/errors.ts';
import { openCatalog } from '../src/translate/images/user-images.ts';
import { planPod } from '../src/translate/pod.ts';

/**
 * scripts/corpus DIRECTORY: what becomes of each manifest below it. `runs`: read, and its programs are here. `no program`: the same, but
 * for images. `refused`: with the first reason. `failed`: an error that is no refusal, which is a fault of nslab. Nothing is changed.
 */
const [root = '.'] = process.argv.slice(2);
const catalog = openCatalog([]);
const counts = new Map<string, number>();
const rows: [string, string, string][] = [];

for (const file of filesBelow(root)) {
  const [outcome, reason] = judge(file);
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  rows.push([relative(root, file), outcome, reason]);
}
const withPods = [...counts].filter(([outcome]) => outcome !== 'no pods').reduce((sum, [, n]) => sum + n, 0);
for (const row of rows) console.log(row.join('\t'));
console.log(`\n${rows.length} files, ${withPods} with pods or unreadable`);
for (const [outcome, count] of [...counts].sort((a, b) => b[1] - a[1])) {
  const share = outcome === 'no pods' ? '' : `\t${Math.round((100 * count) / Math.max(withPods, 1))} %`;
  console.log(`${outcome}\t${count}${share}`);
}

function judge(file: string): [outcome: string, reason: string] {
  let set: ManifestSet;
  try {
    set = readManifests(readSources([file]), { ignoreUnsupported: false });
    if (set.pods.length === 0) return ['no pods', set.notes[0] ?? ''];
  } catch (error) {
    return because(error, file);
  }
  try {
    for (const pod of set.pods) planPod(pod, set, { allowHostPath: true, catalog }, randomUUID());
    return ['runs', ''];
  } catch (error) {
    const [outcome, reason] = because(error, file);
    const isImage = /no program of this machine is known|is not on this machine/.test(reason);
    return [isImage ? 'no program' : outcome, reason];
  }
}

/** The first line, without the place. */
function because(error: unknown, file: string): [outcome: string, reason: string] {
  const line = (error as Error).message.split('\n')[0] ?? '';
  const reason = line.replace(`${file}:`, '').replace(/^[\d:]+ /, '');
  return [error instanceof InputError ? 'refused' : 'failed', reason];
}

function filesBelow(directory: string): string[] {
  if (!statSync(directory).isDirectory()) return [directory];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return ['.yaml', '.yml', '.json'].includes(extname(path)) ? [path] : [];
  });
}
