import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { kindOf } from '../../src/compare/facts/processes.ts';
import { requires } from '../requires.ts';

const open = (path: string) => {
  const fd = openSync(path, 'r');
  t.teardown(() => closeSync(fd));
  return `/proc/self/fd/${fd}`;
};

t.test('the kind of file that a descriptor leads to', async (t) => {
  const folder = join(t.testdir(), 'dev');
  mkdirSync(folder);
  writeFileSync(join(folder, 'null'), '');
  t.equal(kindOf(open('/dev/null')), '/dev/null');
  t.equal(
    kindOf(open(join(folder, 'null'))),
    'a file',
    'a regular file named null is not a device (control)',
  );
  t.equal(kindOf('/proc/self/fd/99999'), 'closed');
});

t.test('a device is recognised by its type, not by its path', async (t) => {
  if (!requires(t, 'root')) return;
  const folder = join(t.testdir(), 'dev');
  mkdirSync(folder);
  const path = join(folder, 'null');
  execFileSync('mknod', [path, 'c', '1', '3']);
  t.equal(kindOf(open(path)), '/dev/null', path);
});
