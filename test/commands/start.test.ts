import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import t from 'tap';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

t.test('what V8 kept of the command line is taken, and only of that very file', async (t) => {
  const text = readFileSync(join(DIST, 'main.cjs'), 'latin1');
  const cachedData = readFileSync(join(DIST, 'main.cjs.cache'));
  const rejected = (source: string) => new Script(source, { cachedData }).cachedDataRejected;
  t.equal(rejected(text), false);
  t.equal(rejected(`${text} `), true, 'of another it is not (control)');
  t.notMatch(text, /[^\0-\x7f]/, 'ASCII alone: so it may be read as Latin-1');
});

t.test('without it, and with something else in its place, all starts as ever', async (t) => {
  // In the tree: the binaries of the package are found beside it.
  const dist = join(mkdtempSync('/var/tmp/nslab-test-'), 'dist');
  t.teardown(() => rmSync(join(dist, '..'), { recursive: true, force: true }));
  cpSync(DIST, dist, { recursive: true });
  const started = () =>
    spawnSync(process.execPath, [join(dist, 'nslab.cjs'), 'version'], { encoding: 'utf8', env: {} });
  const expected = { status: 0, stdout: /^nslab \d/, stderr: '' };
  t.match(started(), expected);
  writeFileSync(join(dist, 'main.cjs.cache'), 'x'.repeat(700_000));
  t.match(started(), expected, 'garbage');
  rmSync(join(dist, 'main.cjs.cache'));
  t.match(started(), expected, 'nothing');
  rmSync(join(dist, 'main.cjs'));
  t.notMatch(started(), expected, 'without the file itself it does not (control)');
});
