import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { transform } from 'esbuild';

/**
 * The chunks of a bundle, as the files that `src/parts.ts` reads. Which chunk is in which file is asked of the command line
 * itself: `scripts/warm.mjs` runs some verbs. What none of them needs is in `rest`.
 */
export async function writeParts(out, chunks) {
  mkdirSync(`${out}/parts`, { recursive: true });
  const bodies = new Map();
  for (const { path, text } of chunks) bodies.set(basename(path, '.js'), await commonJs(text));
  write(out, bodies, () => 'start');
  const needed = JSON.parse(warm(out));
  write(out, bodies, (name) => needed[name] ?? 'rest');
  warm(out);
}

/** As a body of a function whose parameters are CommonJS's, and the URL of the program. */
async function commonJs(text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // A script that is not a file of Node's own loader may require, and not import.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__url' },
  });
  // ASCII, but for comments and regular expressions. What is ASCII altogether is read four times faster.
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function write(out, bodies, partOf) {
  const parts = new Map();
  for (const [name, code] of bodies) {
    const body = code.replace(/require\("\.\/(?:chunks\/)?([\w.-]+)\.js"\)/g, (call, wanted) =>
      bodies.has(wanted) ? `require("./${partOf(wanted)}/${wanted}")` : call,
    );
    const part = parts.get(partOf(name)) ?? [];
    parts.set(partOf(name), part);
    part.push(`${JSON.stringify(name)}(exports, require, module, __filename, __dirname, __url) {\n${body}}`);
  }
  for (const [part, functions] of parts)
    writeFileSync(`${out}/parts/${part}.cjs`, `({\n${functions.join(',\n')}\n})\n`);
}

function warm(out) {
  const ran = spawnSync(process.execPath, ['scripts/warm.mjs', out], {
    encoding: 'utf8',
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  if (ran.status !== 0)
    throw new Error(`scripts/warm.mjs failed: ${ran.error?.message ?? ran.signal ?? ran.stderr}`);
  return ran.stdout;
}
