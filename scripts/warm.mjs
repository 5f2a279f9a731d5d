// node scripts/warm.mjs FILE: runs a bundled command line for some verbs that change nothing, and leaves in FILE.cache what
// V8 has compiled of it meanwhile. Only what has run is in it: the rest is compiled when it is wanted, as ever.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Script } from 'node:vm';

const file = resolve(process.argv[2]);
const script = new Script(readFileSync(file, 'latin1'), { filename: file });
const begin = script.runInThisContext();
const verbs = [
  ['version'],
  ['ps', '-a'],
  ['up', '--dry-run', '-f', 'scripts/labs/two-containers.yaml'],
  ['exec', 'nobody', 'true'],
  ['down', '--help'],
];

process.stdout.write = () => true;
process.stderr.write = () => true;
// One after the other, each when nothing of the one before is left to be done. The loop is asked for one more turn: what
// only waits for promises does not keep it alive.
process.on('beforeExit', () => setImmediate(next));
next();

function next() {
  const words = verbs.shift();
  if (words) {
    process.argv = [process.execPath, file, ...words];
    const module = { exports: {} };
    begin(module.exports, createRequire(file), module, file, dirname(file));
  } else {
    writeFileSync(`${file}.cache`, script.createCachedData());
    process.exit(0);
  }
}
