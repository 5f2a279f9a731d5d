import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { withSection } from '../../scripts/benchmarks/sections.ts';
import { ERROR_CODES } from '../../src/sys/error-codes.ts';
import { requires } from '../requires.ts';
import { programHost } from './program.ts';

const SOURCES = new URL('../../src/', import.meta.url);
const PAGE = new URL('api/README.md', SOURCES);
const page = readFileSync(PAGE, 'utf8');

t.test('the table of errors is that of the source', async (t) => {
  const rows = Object.entries(ERROR_CODES).map(([code, when]) => `| \`${code}\` | ${when} |`);
  const table = (rows: readonly string[]) => ['| code | thrown when |', '| --- | --- |', ...rows].join('\n');
  const whole = withSection(page, 'errors', table(rows));
  if (process.env.NSLAB_WRITE_README === '1') writeFileSync(PAGE, whole);
  else
    t.equal(page, whole, 'NSLAB_WRITE_README=1 node_modules/.bin/tap test/api/documents.test.ts writes it');
  t.not(withSection(page, 'errors', table(rows.slice(1))), whole, 'one that is missing is found (control)');
});

t.test('each code of the table is thrown somewhere', async (t) => {
  const thrown: string[] = sourceText().match(/\b(?:ERR_[A-Z_]+|ABORT_ERR)\b/g) ?? [];
  t.strictSame(
    Object.keys(ERROR_CODES).filter((code) => !thrown.includes(code)),
    [],
  );
  t.notOk(thrown.includes('ERR_OF_NO_KIND'), '(control)');
});

/** What the snippets of the page take for granted. */
const BEFORE = `
import { Pod } from 'nslab';
await using pod = await Pod.create({ name: 'web' });
await pod.run({ name: 'nginx', command: ['sleep', '1000'] });
const workload = await pod.run({ name: 'w', command: ['echo', 'hello'] });
`;

if (requires(t, 'root', 'ip', 'nft', 'busybox'))
  t.test('the snippets of the page run', async (t) => {
    const snippets = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, snippet]) => snippet);
    t.equal(snippets.length, 2);
    await using lab = await programHost(
      t,
      `${BEFORE}${snippets.join('\n')}\nconsole.log(status, stdout, stderr);`,
    );
    const { status, stdout, stderr } = await lab.run();
    t.match({ status, stderr }, { status: 0, stderr: '' });
    t.match(stdout, /^hello\nCompleted\nlo .*\neth0@.*\n0\n0 a\nb\n \n$/);
    t.same(await lab.left(), []);
  });

/** All of src but the table of codes. */
function sourceText(): string {
  const paths = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => path.endsWith('.ts') && path !== 'sys/error-codes.ts');
  return files.map((path) => readFileSync(new URL(path, SOURCES), 'utf8')).join('\n');
}
