import { fileURLToPath } from 'node:url';

/**
 * The file of one of our C programs: `dist/native` beside the bundle, `native/bin` when the sources run (tests).
 * The last `/dist/` or `/src/` in this module's own name tells which, however deep the chunk lies.
 */
export function program(name: 'pause' | 'shim' | 'supervisor' | 'relay' | 'webserver'): string {
  const [, root, tree] = /^(.*)\/(dist|src)\//.exec(import.meta.url) ?? [];
  return fileURLToPath(`${root}/${tree === 'dist' ? 'dist/native' : 'native/bin'}/${name}`);
}

/** The command line, for a program of ours that starts it: undefined where only the sources are. */
export function commandLine(): string | undefined {
  const [, root, tree] = /^(.*)\/(dist|src)\//.exec(import.meta.url) ?? [];
  return tree === 'dist' ? fileURLToPath(`${root}/dist/nslab.cjs`) : undefined;
}
