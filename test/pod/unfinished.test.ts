import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { beginWork, findAbandoned } from '../../src/pod/unfinished.ts';
import { openFiles } from '../../src/sys/files.ts';
import { openLibc } from '../../src/sys/libc.ts';
import { Transcript } from '../../src/transcript/transcript.ts';
import { bundle } from '../bundle.ts';

const transcript = new Transcript();
const doors = { kernel: { libc: await openLibc(), transcript }, files: openFiles(transcript) };

t.test('a process has one file while it is at work, and none afterwards', async (t) => {
  const root = join(t.testdir({}), 'state');
  const [first, second] = await Promise.all([beginWork(doors, root), beginWork(doors, root)]);
  t.equal(readdirSync(join(root, 'unfinished')).length, 1, 'one for both works');
  await first();
  await first();
  t.equal(readdirSync(join(root, 'unfinished')).length, 1, 'the second work goes on, whoever ends twice');
  t.equal(await findAbandoned(doors, root), undefined, 'our own is not abandoned');
  await second();
  t.equal(existsSync(root), false, 'the state directory goes with the last');
  const third = await beginWork(doors, root);
  t.equal(readdirSync(join(root, 'unfinished')).length, 1, 'and comes with the next');
  await third();
});

t.test('what a killed process has left is found once, until it is forgotten', async (t) => {
  const root = join(t.testdir({}), 'state');
  const program = await bundle(t, new URL('worker.ts', import.meta.url));
  const worker = spawn(process.execPath, [program, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(worker.stdout, 'data');
  t.equal(await findAbandoned(doors, root), undefined, 'while it lives it is left alone (control)');
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  const found = await findAbandoned(doors, root);
  t.ok(found, 'found');
  t.equal(await findAbandoned(doors, root), undefined, 'the other one who looks leaves it to the first');
  found?.release();
  const again = await findAbandoned(doors, root);
  t.ok(again, 'not collected: found again');
  again?.forget();
  t.equal(existsSync(root), false);
});

t.test('a directory that a killed process had no time to fill is removed', async (t) => {
  const root = join(t.testdir({}), 'state');
  mkdirSync(join(root, 'unfinished'), { recursive: true, mode: 0o700 });
  t.equal(await findAbandoned(doors, root), undefined);
  t.equal(existsSync(root), false);
});
