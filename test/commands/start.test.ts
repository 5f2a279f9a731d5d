import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import t, { type Test } from 'tap';
import { PLAIN } from '../bundle.ts';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const PARTS = readdirSync(join(DIST, 'parts')).filter((name) => name.endsWith('.cjs'));

t.test('V8 accepts the code cache of each part, and only for that file', async (t) => {
  t.same(PARTS, ['change.cjs', 'read.cjs', 'rest.cjs', 'start.cjs', 'up.cjs']);
  for (const name of PARTS) {
    const text = readFileSync(join(DIST, 'parts', name), 'latin1');
    t.notMatch(text, /[^\0-\x7f]/, `${name}: ASCII only, so it can be read as Latin-1`);
    if (name === 'rest.cjs') continue;
    const cachedData = readFileSync(join(DIST, 'parts', `${name}.cache`));
    const rejected = (source: string) => new Script(source, { cachedData }).cachedDataRejected;
    t.equal(rejected(text), false, name);
    t.equal(rejected(`${text} `), true, 'not for another file (control)');
  }
});

t.test('a verb reads the parts that it needs, and no other', async (t) => {
  const { dist, run } = aCopy(t);
  const readBy = (...words: string[]) => {
    for (const name of PARTS) if (name !== 'start.cjs') rmSync(join(dist, 'parts', name), { force: true });
    const missing = new Set<string>();
    for (;;) {
      const { stderr } = run(...words);
      const [, name] = /no such file or directory, open '.*\/parts\/(\w+\.cjs)'/.exec(stderr) ?? [];
      if (name === undefined || missing.has(name)) return [...missing].sort();
      missing.add(name);
      cpSync(join(DIST, 'parts', name), join(dist, 'parts', name));
    }
  };
  t.same(readBy('version'), []);
  t.same(readBy('ps'), ['read.cjs']);
  t.same(readBy('exec', 'nobody', 'true'), ['read.cjs']);
  t.same(readBy('hold', '--dry-run', 'web'), ['change.cjs', 'read.cjs']);
  t.same(readBy('down', '--dry-run', '--all'), ['change.cjs', 'read.cjs']);
  t.ok(readBy('lab', 'list').includes('rest.cjs'), 'what is seldom wanted is in the rest (control)');
});

t.test('starts without the cache, and with a damaged one', async (t) => {
  const { dist, run } = aCopy(t);
  const expected = { status: 0, stdout: /^nslab \d/, stderr: '' };
  t.match(run('version'), expected);
  writeFileSync(join(dist, 'parts/start.cjs.cache'), 'x'.repeat(700_000));
  t.match(run('version'), expected, 'a damaged cache');
  rmSync(join(dist, 'parts/start.cjs.cache'));
  t.match(run('version'), expected, 'no cache');
  writeFileSync(join(dist, 'parts/start.cjs'), '({})');
  t.match(
    run('version'),
    { status: 1, stderr: /start\.cjs has no main: start nslab again/ },
    'of another build',
  );
  rmSync(join(dist, 'parts/start.cjs'));
  t.notMatch(run('version'), expected, 'not without the command line itself (control)');
});

/** A copy of the whole folder: the native programs are found relative to it. */
function aCopy(t: Test) {
  const folder = mkdtempSync('/var/tmp/nslab-test-');
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const dist = join(folder, 'dist');
  cpSync(DIST, dist, { recursive: true });
  const program = [process.execPath, join(dist, 'nslab.cjs'), '--state-dir', join(folder, 'state')];
  const run = (...words: string[]) =>
    spawnSync('env', [...PLAIN, ...program, ...words], { encoding: 'utf8' });
  return { dist, run };
}
