import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { start } from '../bundle.ts';
import { nslab } from '../campaign/program.ts';
import { requires } from '../requires.ts';

const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: w, image: busybox}]}\n';

t.test(
  'standard input that is not there yet (EAGAIN, of a pipe that is non-blocking) is waited for',
  async (t) => {
    if (!requires(t, 'root', 'strace')) return;
    const file = join(t.testdir({ 'pod.yaml': POD }), 'pod.yaml');
    const log = join(t.testdirName, 'log');
    const inject = ['-P', file, '-e', 'trace=read', '-e', 'inject=read:error=EAGAIN:when=1'];
    const line = `exec strace -qq -o ${log} "$@" < ${file}`;
    const command = [...nslab.argv, 'up', '--dry-run', '-o', 'script', '-f', '-'];
    const { status, stdout, stderr } = await start(['bash', '-c', line, '-', ...inject, ...command]).ended;
    t.match({ status, stdout, stderr }, { status: 0, stdout: 'web', stderr: '' });
    t.match(readFileSync(log, 'utf8'), /^read\(0, .*EAGAIN .*INJECTED/m, 'it was not there (control)');
  },
);
