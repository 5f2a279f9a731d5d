import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { readSources } from '../src/api/sources.ts';
import { type ManifestSet, readManifests } from '../src/manifest/read.ts';
import { InputError } from '../src/sys/errors.ts';
import { openCatalog } from '../src/translate/images/user-images.ts';
import { planPod } from '../src/translate/pod.ts';

/**
 * scripts/corpus DIRECTORY: what becomes of each manifest below it. `runs`: read, and its programs are here. `no program`: the same, but
 * for images. `refused`: with the first reason. `failed`: an error that is no refusal, which is a fault of nslab. `no pods`: no part of
 * the shares, like `no manifest`: a template of Helm, or a file of another program. Nothing is changed.
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
const of = (...outcomes: string[]) => outcomes.reduce((sum, outcome) => sum + (counts.get(outcome) ?? 0), 0);
const withPods = rows.length - of('no pods', 'no manifest');
const share = (count: number) => `${Math.round((100 * count) / Math.max(withPods, 1))} %`;
for (const row of rows) console.log(row.join('\t'));
console.log(`\n${rows.length} files, ${withPods} with pods`);
console.log(`run as they are\t${of('runs')}\t${share(of('runs'))}`);
console.log(`with all images there\t${of('runs', 'no program')}\t${share(of('runs', 'no program'))}`);
console.log(`refused\t${of('refused')}\t${share(of('refused'))}`);
console.log(`failed\t${of('failed')}\t${share(of('failed'))}`);

function judge(file: string): [outcome: string, reason: string] {
  let set: ManifestSet;
  try {
    set = readManifests(readSources([file]), { ignoreUnsupported: false });
    if (set.pods.length === 0) return ['no pods', set.notes[0] ?? ''];
  } catch (error) {
    return declaresPods(file) ? because(error, file) : ['no manifest', because(error, file)[1]];
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

/** By its text: what cannot be read may still be meant as a pod. Helm's templates are no YAML. */
function declaresPods(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  const kind =
    /^[\s{-]*"?kind"?:\s*["']?(Pod|Deployment|ReplicaSet|ReplicationController|DaemonSet|StatefulSet|Job|CronJob)["']?,?\s*(#.*)?$/m;
  return kind.test(text) && !text.includes('{{');
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
