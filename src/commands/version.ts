import { readFileSync } from 'node:fs';
import facts from '../../package.json' with { type: 'json' };
import { json } from '../render/output.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab version`: the versions of nslab, Node and the kernel. */
export async function version({ output }: { output?: string }): Promise<number> {
  const format = checkFormat(output ?? 'text', ['text', 'json']);
  const versions = { nslab: facts.version, node: process.version, kernel: kernelVersion() };
  print(format === 'json' ? json({ kind: 'Version', ...versions }) : `${versionLine()}\n`);
  return 0;
}

/** The same in one line, for `--version`. */
export function versionLine(): string {
  return `nslab ${facts.version} (node ${process.version}, Linux ${kernelVersion()})`;
}

function kernelVersion(): string {
  return readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
}
