import type { NamespaceFacts } from '../observe/census.ts';
import { commandOf } from '../observe/command.ts';
import { type Hold, inWords } from '../observe/hold.ts';
import { whoseWords } from '../observe/whose.ts';
import { listing } from '../render/output.ts';
import { plain } from '../render/plain.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { checkFormat } from './format.ts';
import { type GlobalOptions, say } from './globals.ts';
import { census, shortened } from './ns-all.ts';

/** `nslab ns why INODE`: everything that would have to go before this namespace dies. */
export async function nsWhy(
  text: string,
  options: { output?: string; headers?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'table', ['table', 'wide', 'json', 'yaml']);
  const inode = parseInode(text);
  const { namespaces, unseen } = await census(globals);
  const found = namespaces.find((each) => each.inode === inode);
  if (!found)
    throw new OperationError(`no namespace has inode ${inode}`, {
      hint: `${unseen[0] ?? 'it may be gone'}; \`nslab ns --all\` lists what there is`,
    });
  const items = found.holds.map((hold) => ({ ...hold, ...lookCloser(hold) }));
  const list = {
    kind: 'NamespaceHolds',
    items,
    name: inWords,
    columns: [
      { head: 'HELD BY', cell: (hold: Hold) => plain(inWords(hold)) },
      { head: 'WHICH IS', cell: (hold: (typeof items)[number]) => plain(whichIs(hold)) || '-' },
    ],
  };
  if (format === 'table' || format === 'wide') say(summary(found));
  process.stdout.write(await listing(list, { format, headers: options.headers !== false }));
  for (const sentence of unseen) say(sentence);
  return 0;
}

/** As `ns --all` prints it, or as /proc does. */
function parseInode(text: string): number {
  const inode = /^(?:\w+:\[)?(\d{1,16})\]?$/.exec(text)?.[1];
  if (inode !== undefined) return Number(inode);
  throw new InputError(`"${text}" is not a namespace's inode`, {
    hint: 'a number as in `nslab ns --all`, or as /proc shows it: net:[4026531833]',
  });
}

function lookCloser(hold: Hold): { readonly command?: string } {
  return 'pid' in hold && hold.by !== 'mount' ? { command: commandOf(hold.pid) } : {};
}

function whichIs(hold: Hold & { readonly command?: string }): string {
  if (hold.by === 'mount') return `in mount namespace ${hold.mnt}`;
  return shortened(hold.command ?? '');
}

function summary({ kind, inode, whose, holds }: NamespaceFacts): string {
  const names = whose.map(whoseWords).join(', ');
  const all = holds.length === 1 ? 'this is' : `all of these ${holds.length} are`;
  return `${kind}:[${inode}]${names && ` of ${names}`} lives until ${all} gone`;
}
