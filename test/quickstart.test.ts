import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const TARGET = `${ROOT}/dist/nslab.cjs`;

t.test('the link on PATH is made, once and again, and taken off', async (t) => {
  const { link, run } = place(t);
  for (const time of ['once', 'again']) {
    t.match(run('link_command'), { status: 0, stderr: '' }, time);
    t.equal(readlinkSync(link), TARGET);
  }
  t.match(run('command_to_type'), { stdout: `${link}\n` }, 'its path, where PATH does not lead there');
  const path = { PATH: `${join(link, '..')}:${process.env.PATH}` };
  t.match(run('command_to_type', path), { stdout: 'nslab\n' }, 'its name, where it does');
  t.match(run('unlink_command'), { status: 0, stdout: `removed ${link}\n` });
  t.throws(() => readlinkSync(link), { code: 'ENOENT' });
  t.match(run('unlink_command'), { status: 0, stdout: '', stderr: '' }, 'without one there is nothing to do');
});

t.test('a link of a checkout that is gone is replaced', async (t) => {
  const { link, run } = place(t);
  symlinkSync('/no/such/checkout/dist/nslab.cjs', link);
  t.match(run('link_command'), { status: 0, stderr: '' });
  t.equal(readlinkSync(link), TARGET);
});

t.test('what another owner put there stays', async (t) => {
  const { link, run } = place(t);
  const refused = { status: 0, stderr: `${link} is there already and is not of this checkout` };
  writeFileSync(link, 'theirs');
  t.match(run('link_command'), refused, 'a file');
  t.match(run('command_to_type'), { stdout: `${TARGET}\n` }, 'then it is called by its path');
  t.match(run('unlink_command'), { status: 1, stderr: `is not a link to ${TARGET}` });
  t.equal(readFileSync(link, 'utf8'), 'theirs');
  for (const target of ['/usr/bin/true', '/no/such/program']) {
    rmSync(link);
    symlinkSync(target, link);
    t.match(run('link_command'), refused, `a link to ${target}`);
    t.match(run('unlink_command'), { status: 1 });
    t.equal(readlinkSync(link), target);
  }
});

/** A folder in the place of /usr/local/bin, and the functions of machine.sh with it; `nslab` is a function there, as in quickstart. */
function place(t: Test) {
  const folder = mkdtempSync('/var/tmp/nslab-test-');
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const link = join(folder, 'nslab');
  const run = (name: string, env: NodeJS.ProcessEnv = {}) => {
    const script = `set -euo pipefail; . scripts/machine.sh; command_link=${link}; nslab() { :; }; ${name}`;
    // --norc: bash takes itself for a remote login when stdin is a socket, which Node’s pipes are.
    const clean = ['-i', `PATH=${env.PATH ?? process.env.PATH}`, 'bash', '--norc', '-c', script];
    return spawnSync('env', clean, { cwd: ROOT, encoding: 'utf8' });
  };
  return { link, run };
}
