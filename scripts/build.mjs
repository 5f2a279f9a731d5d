// src → dist: a small entry, a chunk for every command that is imported lazily, the native programs beside them.
// What is packed needs no registry, no compiler and no node_modules: every package is in the bundle.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { build } from 'esbuild';

process.chdir(dirname(import.meta.dirname));
// Made beside and moved into place when it is whole: what runs from dist meanwhile finds all of its chunks.
const out = 'dist.new';
rmSync(out, { recursive: true, force: true });
mkdirSync(`${out}/native`, { recursive: true });

await build({
  entryPoints: {
    nslab: 'src/cli.ts',
    index: 'src/index.ts',
    ...Object.fromEntries(labs().map((name) => [`labs/${name}`, `scripts/labs/${name}.ts`])),
  },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  legalComments: 'none',
  // Not minified: a stack trace reads like the source, and it costs no time worth having.
  banner: { js: commonJsNames() },
  // The fork of ffi-napi has its own name for ref-napi: two copies would be two files to load and two sets of types.
  alias: { '@makeomatic/ref-napi': 'ref-napi' },
  plugins: [ffiBinaries(), silent('debug')],
  logLevel: 'warning',
});
chmodSync(`${out}/nslab.js`, 0o755);
nativePrograms();
rmSync('dist', { recursive: true, force: true });
renameSync(out, 'dist');

function labs() {
  return existsSync('scripts/labs')
    ? readdirSync('scripts/labs').flatMap((f) => /^(.*)\.ts$/.exec(f)?.[1] ?? [])
    : [];
}

/** Names that CommonJS packages take for granted and an ES module lacks. */
function commonJsNames() {
  return [
    'import { createRequire as __createRequire } from "node:module";',
    'const require = __createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;',
  ].join('\n');
}

/** ffi-napi and ref-napi search the disk for their binary at run time; here it is found now and copied to dist/native. */
function ffiBinaries() {
  return {
    name: 'ffi-binaries',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node-gyp-build$/ }, ({ importer }) => ({ path: importer, namespace: 'binary' }));
      onLoad({ filter: /.*/, namespace: 'binary' }, ({ path: importer }) => {
        const folder = dirname(dirname(importer));
        const name = /(ffi|ref)-napi$/.exec(folder)?.[1];
        if (!name) return { errors: [{ text: `${importer} wants a binary that this build does not know` }] };
        copyFileSync(createRequire(importer)('node-gyp-build').path(folder), `${out}/native/${name}.node`);
        // An entry lies in dist, a chunk one folder deeper: both find the binary from their own path.
        return {
          contents: `module.exports = () => require(__filename.replace(/\\/dist\\/(chunks\\/|labs\\/)?[^/]*$/, '/dist/native/${name}.node'));`,
        };
      });
    },
  };
}

/** A logger that nobody reads, out of the path of every foreign call. */
function silent(name) {
  return {
    name: `silent-${name}`,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: 'silent' }));
      onLoad({ filter: /.*/, namespace: 'silent' }, () => ({ contents: 'module.exports = () => () => {};' }));
    },
  };
}

/** pause and shim are C: a machine without a compiler keeps those that came in the package. */
function nativePrograms() {
  const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (!has('make') || !has('cc')) {
    console.error(
      'build: no make or cc here: dist/native has no pause and no shim (hint: apt install gcc make libc6-dev)',
    );
    return;
  }
  const native = `${process.cwd()}/${out}/native`;
  const make = ['-s', '-C', 'native', `OUT=${native}`, `${native}/pause`, `${native}/shim`];
  if (spawnSync('make', make, { stdio: 'inherit' }).status !== 0)
    throw new Error(`make ${make.join(' ')} failed`);
}
