import { spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

t.test('man pages and completion are linked where man and the shells look, and taken off', async (t) => {
  const { share, run } = place(t);
  const links = () =>
    readdirSync(share, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(share.length + 1))
      .sort();
  for (const time of ['once', 'again']) {
    t.match(run('link_documents'), { status: 0, stderr: '' }, time);
    for (const path of [
      'man/man1/nslab.1',
      'man/man1/nslab-network-create.1',
      'bash-completion/completions/nslab',
      'zsh/site-functions/_nslab',
      'fish/vendor_completions.d/nslab.fish',
    ])
      t.match(readFileSync(join(share, path), 'utf8'), /nslab/, path);
  }
  t.ok(links().length > 30, `${links().length} links`);
  symlinkSync(`${ROOT}/dist/man/man1/nslab-gone.1`, join(share, 'man/man1/nslab-gone.1'));
  rmSync(join(share, 'zsh/site-functions/_nslab'));
  writeFileSync(join(share, 'zsh/site-functions/_nslab'), 'theirs');
  t.match(run('link_documents'), { status: 0, stderr: '' }, 'after a command was removed');
  t.notOk(links().includes('man/man1/nslab-gone.1'));
  t.match(run('unlink_documents'), { status: 0, stderr: '' });
  t.same(links(), ['zsh/site-functions/_nslab'], 'what another owner put there stays (control)');
  t.match(run('unlink_documents'), { status: 0, stderr: '' }, 'without them there is nothing to do');
});

/** A folder in the place of /usr/local/bin, and the functions of machine.sh with it; `nslab` is a function there, as in quickstart. */
function place(t: Test) {
  const folder = mkdtempSync('/var/tmp/nslab-test-');
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const link = join(folder, 'nslab');
  const share = join(folder, 'share');
  const run = (name: string, env: NodeJS.ProcessEnv = {}) => {
    const script = `set -euo pipefail; . scripts/machine.sh; command_link=${link}; share=${share}; nslab() { :; }; ${name}`;
    // --norc: bash takes itself for a remote login when stdin is a socket, which Node’s pipes are.
    const clean = ['-i', `PATH=${env.PATH ?? process.env.PATH}`, 'bash', '--norc', '-c', script];
    return spawnSync('env', clean, { cwd: ROOT, encoding: 'utf8' });
  };
  return { link, share, run };
}
