// src → dist: the command line and what V8 keeps of it, the library, the native programs beside them.
// What is packed needs no registry, no compiler and no node_modules: every package is in the bundle.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { build } from 'esbuild';
import { lowerUsing } from './lower-using.mjs';
import { bundledPackages, notices } from './notices.mjs';
import { writeParts } from './parts.mjs';

process.chdir(dirname(import.meta.dirname));
// Made beside and moved into place when it is whole: what runs from dist meanwhile finds all of its chunks.
const folder = 'dist.new';
const out = `${folder}/dist`;
rmSync(folder, { recursive: true, force: true });
mkdirSync(`${out}/native`, { recursive: true });

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  // Not minified: a stack trace reads like the source, and it costs no time worth having.
  // The fork of ffi-napi has its own name for ref-napi: two copies would be two files to load and two sets of types.
  alias: { '@makeomatic/ref-napi': 'ref-napi' },
  plugins: [ffiBinaries(), silent('debug'), withoutPrograms('commander'), lowerUsing()],
  metafile: true,
  logLevel: 'warning',
};
// Both are ES modules with a chunk for what is imported lazily; the command line's become CommonJS in a few files, which Node
// starts sooner than a tree of ES modules, and of which V8 can keep what it has compiled.
const split = { ...shared, splitting: true, format: 'esm', chunkNames: 'chunks/[name]-[hash]' };
const commandLine = await build({
  ...split,
  entryPoints: { main: 'src/cli.ts' },
  outdir: out,
  define: { LAB_FILES: JSON.stringify(labs()) },
  write: false,
});
await build({
  ...shared,
  entryPoints: { nslab: 'src/start.ts', 'parts/loader': 'src/parts.ts' },
  outdir: out,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  define: { BUILT_FOR: JSON.stringify(`${process.platform} ${process.arch}`) },
});
const library = await build({
  ...split,
  entryPoints: { index: 'src/index.ts' },
  outdir: out,
  banner: { js: commonJsNames() },
});
// What is required is what is imported: the same classes, and so the same `instanceof`.
writeFileSync(
  `${out}/THIRD-PARTY-NOTICES.txt`,
  notices(bundledPackages(commandLine.metafile, library.metafile)),
);
writeFileSync(`${out}/index.cjs`, "module.exports = require('./index.js');\n");
chmodSync(`${out}/nslab.cjs`, 0o755);
nativePrograms();
await writeParts(out, commandLine.outputFiles);
documents();
rmSync(`${out}/parts/loader.cjs`);
rmSync('dist', { recursive: true, force: true });
renameSync(out, 'dist');
rmSync(folder, { recursive: true });

function labs() {
  return readdirSync('scripts/labs')
    .flatMap((name) => /^(\d\d-.*)\.ts$/.exec(name)?.[1] ?? [])
    .sort();
}

/** Man pages, schemas and completion scripts: the command line makes them from its own tables. */
function documents() {
  const made = spawnSync(process.execPath, [`${out}/nslab.cjs`, '__documents'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (made.status !== 0) throw new Error(`the documents were not made: ${made.stderr}`);
  for (const [path, text] of Object.entries(JSON.parse(made.stdout))) {
    mkdirSync(dirname(`${out}/${path}`), { recursive: true });
    writeFileSync(`${out}/${path}`, text);
  }
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
          contents: `module.exports = () => require(__filename.replace(/\\/(chunks\\/)?[^/]*$/, '/native/${name}.node'));`,
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

/** A package that could start other programs, and never does here: node:child_process takes 3 ms to load. */
function withoutPrograms(name) {
  return {
    name: `${name}-without-programs`,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
        importer.includes(`/node_modules/${name}/`) ? { path, namespace: 'no-programs' } : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'no-programs' }, () => ({ contents: 'module.exports = {};' }));
    },
  };
}

/** pause, shim, supervisor and relay are C: a machine without a compiler keeps those that came in the package. */
function nativePrograms() {
  const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (!has('make') || !has('cc')) {
    console.error(
      'build: no make or cc here: dist/native lacks pause, shim, supervisor, relay and webserver (hint: apt install gcc make libc6-dev)',
    );
    return;
  }
  const native = `${process.cwd()}/${out}/native`;
  const make = [
    '-s',
    '-C',
    'native',
    `OUT=${native}`,
    `${native}/pause`,
    `${native}/shim`,
    `${native}/supervisor`,
    `${native}/relay`,
    `${native}/webserver`,
  ];
  if (spawnSync('make', make, { stdio: 'inherit' }).status !== 0)
    throw new Error(`make ${make.join(' ')} failed`);
}
