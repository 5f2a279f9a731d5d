import { readFileSync } from 'node:fs';
import facts from '../../package.json' with { type: 'json' };
import { json } from '../render/output.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab version`: the versions of nslab, Node and the kernel. */
export async function version({ output }: { output?: string }): Promise<number> {
  const format = checkFormat(output ?? 'text', ['text', 'json']);
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  const versions = { nslab: facts.version, node: process.version, kernel };
  const text = `nslab ${versions.nslab} (node ${versions.node}, Linux ${kernel})\n`;
  print(format === 'json' ? json({ kind: 'Version', ...versions }) : text);
  return 0;
}
