import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import t from 'tap';
import { bundle, runNode } from './bundle.ts';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));

t.test('whatever is bundled has its licence along', async (t) => {
  const files = [
    'index.js',
    ...readdirSync(join(DIST, 'parts')).map((name) => `parts/${name}`),
    ...readdirSync(join(DIST, 'chunks')).map((name) => `chunks/${name}`),
  ];
  const bundled = new Set(files.flatMap((file) => foldersIn(readFileSync(join(DIST, file), 'utf8'))));
  t.ok(bundled.size > 20, `${bundled.size} packages`);
  const text = readFileSync(join(DIST, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  t.same(lacking(bundled, text), []);
  t.same(
    lacking(bundled, text.replace(/^yaml .*$/m, '')),
    ['yaml'],
    'one that is taken out is missed (control)',
  );
  const [zod = ''] = text.split(/^-{80}$/m).filter((each) => each.includes('zod '));
  t.match(zod, /Permission is hereby granted/, 'with the text of the licence');
});

/** esbuild writes above each file which it is. */
function foldersIn(text: string): string[] {
  return [...text.matchAll(/^\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(
    ([, folder = '']) => folder,
  );
}

function lacking(folders: ReadonlySet<string>, text: string): string[] {
  const nameOf = (folder: string) => {
    const file = fileURLToPath(new URL(`../node_modules/${folder}/package.json`, import.meta.url));
    return existsSync(file) ? String(JSON.parse(readFileSync(file, 'utf8')).name) : folder;
  };
  return [...folders].map(nameOf).filter((name) => !heading(name).test(text));
}

function heading(name: string): RegExp {
  return new RegExp(`^${name} \\d\\S* \\(\\S.*\\)$`, 'm');
}

const LOOP = `
const said = [];
for (const round of [1, 2, 3])
  try {
    using _ = { [Symbol.dispose]() { said.push('end of ' + round); } };
    if (round === 1) throw new Error('of round 1');
    said.push('fine ' + round);
  } catch (error) { said.push('caught in ' + round); }
console.log(said.join(', '));`;

const RIGHT = 'end of 1, caught in 1, fine 2, end of 2, fine 3, end of 3\n';

t.test('an error in one round of a loop with `using` is not thrown again in the next', async (t) => {
  const directory = t.testdir({ 'loop.ts': LOOP });
  const file = await bundle(t, new URL(`file://${directory}/loop.ts`));
  t.equal((await runNode(file)).stdout, RIGHT);
  const { outputFiles } = await build({
    stdin: { contents: LOOP, loader: 'ts' },
    target: 'node20',
    write: false,
  });
  const alone = spawnSync(process.execPath, ['-e', outputFiles[0]?.text ?? ''], { encoding: 'utf8' });
  t.match(
    alone.stdout,
    'caught in 2',
    'esbuild alone does so (control): when it does not, scripts/lower-using.mjs can go',
  );
});

t.test('a build for another machine says so', async (t) => {
  const text = readFileSync(join(DIST, 'nslab.cjs'), 'utf8');
  const here = `${process.platform} ${process.arch}`;
  t.match(text, here);
  const directory = t.testdir({ 'nslab.cjs': text.replaceAll(here, 'linux riscv64') });
  const { status, stderr } = spawnSync(process.execPath, [join(directory, 'nslab.cjs'), 'version'], {
    encoding: 'utf8',
  });
  t.equal(status, 1);
  t.equal(
    stderr,
    `nslab: this is a build for linux riscv64, and here is ${here} (hint: scripts/quickstart builds it on Linux)\n`,
  );
});
