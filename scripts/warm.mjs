// node scripts/warm.mjs DIST: runs the command line in DIST for some verbs that change nothing. Prints which of its modules each
// verb was the first to need, and leaves beside each of its parts what V8 has compiled of that meanwhile. Only what has run is
// in it: the rest is compiled when it is wanted, as ever.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const dist = resolve(process.argv[2]);
const { Parts } = createRequire(import.meta.url)(join(dist, 'parts/loader.cjs'));
const nowhere = mkdtempSync(join(tmpdir(), 'nslab-build-'));
process.on('exit', () => rmSync(nowhere, { recursive: true, force: true }));
const verbs = [
  ['start', 'version'],
  ['read', 'ps', '-a'],
  ['read', 'exec', 'nobody', 'true'],
  ['read', 'logs', 'nobody'],
  ['read', 'inspect', 'nobody'],
  ['change', 'hold', '--dry-run', 'somebody'],
  ['change', 'run', '--dry-run', '--name', 'it', 'nobody', 'true'],
  ['change', 'stop', 'nobody'],
  ['change', 'down', '--dry-run', '--all'],
  ['up', 'up', '--dry-run', '-f', 'scripts/labs/two-containers.yaml'],
];
const program = new Parts(join(dist, 'nslab.cjs'));
const needed = {};
let part;

const print = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
process.stderr.write = () => true;
// One after the other, each when nothing of the one before is left to be done. The loop is asked for one more turn: what
// only waits for promises does not keep it alive.
process.on('beforeExit', () => setImmediate(next));
next();

function next() {
  for (const id of program.modules.keys()) needed[id.split('/')[2]] ??= part;
  // The rest stays: what is native can be loaded once in a process.
  program.modules.delete('./start/main');
  const [wanted, ...words] = verbs.shift() ?? [];
  part = wanted;
  if (part) {
    process.argv = [process.execPath, 'nslab', '--state-dir', join(nowhere, 'state'), ...words];
    program.require('./start/main');
  } else {
    for (const [name, script] of program.scripts)
      writeFileSync(join(dist, 'parts', `${name}.cjs.cache`), script.createCachedData());
    print(JSON.stringify(needed), () => process.exit(0));
  }
}
