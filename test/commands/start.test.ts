import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import t from 'tap';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

t.test('V8 accepts the code cache of the command line, and only for that file', async (t) => {
  const text = readFileSync(join(DIST, 'main.cjs'), 'latin1');
  const cachedData = readFileSync(join(DIST, 'main.cjs.cache'));
  const rejected = (source: string) => new Script(source, { cachedData }).cachedDataRejected;
  t.equal(rejected(text), false);
  t.equal(rejected(`${text} `), true, 'not for another file (control)');
  t.notMatch(text, /[^\0-\x7f]/, 'ASCII only, so it can be read as Latin-1');
});

t.test('starts without the cache, and with a damaged one', async (t) => {
  // A copy of the whole folder: the native programs are found relative to it.
  const dist = join(mkdtempSync('/var/tmp/nslab-test-'), 'dist');
  t.teardown(() => rmSync(join(dist, '..'), { recursive: true, force: true }));
  cpSync(DIST, dist, { recursive: true });
  const runVersion = () =>
    spawnSync(process.execPath, [join(dist, 'nslab.cjs'), 'version'], { encoding: 'utf8', env: {} });
  const expected = { status: 0, stdout: /^nslab \d/, stderr: '' };
  t.match(runVersion(), expected);
  writeFileSync(join(dist, 'main.cjs.cache'), 'x'.repeat(700_000));
  t.match(runVersion(), expected, 'a damaged cache');
  rmSync(join(dist, 'main.cjs.cache'));
  t.match(runVersion(), expected, 'no cache');
  rmSync(join(dist, 'main.cjs'));
  t.notMatch(runVersion(), expected, 'not without the command line itself (control)');
});
