#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

declare const BUILT_FOR: string;

/**
 * Starts the command line, one bundled file, with V8's code cache from the build: `ps` then takes 41 ms more than Node
 * itself, instead of 70. Another version of Node rejects the cache and compiles again. v8.dev/blog/code-caching
 */
refuseOtherMachine();
const file = join(__dirname, 'main.cjs');
const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData: codeCache() });
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(file), module, file, __dirname);

function codeCache(): Buffer | undefined {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
}

/** Its native parts are of the machine that it was built on. Said before one of them is loaded, which would say less. */
function refuseOtherMachine(): void {
  const here = `${process.platform} ${process.arch}`;
  if (here === BUILT_FOR) return;
  console.error(
    `nslab: this is a build for ${BUILT_FOR}, and here is ${here} (hint: scripts/quickstart builds it on Linux)`,
  );
  process.exit(1);
}
