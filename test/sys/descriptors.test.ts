import { readFileSync } from 'node:fs';
import t from 'tap';
import * as descriptors from '../../src/sys/descriptors.ts';

t.test('the C programs and their creator number the descriptors alike', async (t) => {
  const header = readFileSync(new URL('../../native/descriptors.h', import.meta.url), 'utf8');
  const entries = [...header.matchAll(/^ {4}(\w+_FD) = (\d+),/gm)].map(([, name, fd]) => [name, Number(fd)]);
  t.strictSame(Object.fromEntries(entries), { ...descriptors });
});
