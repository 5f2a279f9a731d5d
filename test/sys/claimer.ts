/** One of many processes that want the same names: node claimer.mjs DIRECTORY NAMES. Run by files.test.ts. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFiles } from '../../src/sys/files.ts';
import { Transcript } from '../../src/transcript/transcript.ts';

const [directory = '', names = ''] = process.argv.slice(2);
const files = openFiles(new Transcript());
const pause = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

writeFileSync(join(directory, `ready-${process.pid}`), '');
while (!existsSync(join(directory, 'go'))) pause(1);
const won = names
  .split(',')
  .filter((name) =>
    name.startsWith('naive')
      ? claimNaively(join(directory, name))
      : files.claim(join(directory, name), `${process.pid} ${'x'.repeat(5000)}`),
  );
process.stdout.write(JSON.stringify({ pid: process.pid, won }));

/** What everybody writes first: look, then write. The negative control. */
function claimNaively(path: string): boolean {
  if (existsSync(path)) return false;
  pause(20);
  writeFileSync(path, String(process.pid));
  return true;
}
