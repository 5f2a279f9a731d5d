import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { PLAIN } from '../bundle.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/nslab.cjs', import.meta.url));

t.test('an error outside of every promise is printed like the others', async (t) => {
  const directory = mkdtempSync('/var/tmp/nslab-test-');
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const preload = join(directory, 'throw.cjs');
  const error = `new Error('a\\x1b[2Jb\\nnslab: all is well')`;
  const runVersion = (statement: string, env = {}) => {
    // After the first output: the program has started by then.
    writeFileSync(
      preload,
      `const { write } = process.stdout;
      process.stdout.write = (...args) => {
        setImmediate(() => { ${statement} });
        return write.apply(process.stdout, args);
      };`,
    );
    const variables = Object.entries({ NO_COLOR: '1', ...env }).map(([name, value]) => `${name}=${value}`);
    const program = [process.execPath, '--require', preload, PROGRAM, 'version'];
    return spawnSync('env', [...PLAIN, ...variables, ...program], { encoding: 'utf8' });
  };
  for (const statement of [`throw ${error}`, `void Promise.reject(${error})`]) {
    t.match(
      runVersion(statement),
      {
        status: 1,
        stderr: 'nslab: a\\u001b[2Jb\\u000anslab: all is well\nhint: NSLAB_DEBUG=1 prints the stack trace\n',
      },
      statement,
    );
    const { stderr } = runVersion(statement, { NSLAB_DEBUG: '1' });
    t.match(stderr, /^ {4}at /m, 'the stack trace');
    t.notMatch(stderr, '\x1b', 'is escaped too');
  }
  t.match(runVersion(''), { status: 0, stderr: '' }, 'no error (control)');
});
