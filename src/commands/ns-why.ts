import { commandOf } from '../observe/command.ts';
import type { NamespaceFacts, NamespaceList } from '../observe/list-namespaces.ts';
import { ownerName } from '../observe/owner.ts';
import { type NamespaceReference, referenceName } from '../observe/reference.ts';
import { json, yaml } from '../render/output.ts';
import { table } from '../render/table.ts';
import type { Owner } from '../spec/wiring.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { parseNumber } from '../sys/number.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { readNamespaces, shortened } from './ns-all.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab ns why INODE`: lists everything that keeps a namespace alive. */
export async function nsWhy(
  text: string,
  options: { output?: string; headers?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'table', ['table', 'wide', 'json', 'yaml']);
  const inode = parseInode(text);
  const { namespaces, unseen, ownerOf } = await readNamespaces(globals);
  const found = namespaces.find((each) => each.inode === inode);
  if (!found)
    throw new OperationError(`no namespace has inode ${inode}`, {
      hint: `${unseen[0] ?? 'it may be gone'}; \`nslab ns --all\` lists all`,
    });
  const { holds, ...namespace } = found;
  const items = holds.map((hold) => ({ ...hold, ...processDetails(hold, ownerOf) }));
  if (format === 'json' || format === 'yaml') {
    const document = { kind: 'NamespaceHolds', namespace, items };
    print(format === 'json' ? json(document) : await yaml(document));
  } else {
    printNotice(summary(found));
    const rows = items.map((item) => [
      referenceName(item),
      item.whose ? ownerName(item.whose) : '-',
      detailOf(item),
    ]);
    print(`${table(['REFERENCE', 'OWNER', 'DETAIL'], rows, options.headers !== false)}\n`);
  }
  for (const sentence of unseen) printNotice(sentence);
  return 0;
}

/** Accepts the number, or the form of /proc: net:[4026531833]. */
function parseInode(text: string): number {
  const inode = parseNumber(/^(?:\w+:\[)?(\d+)\]?$/.exec(text)?.[1] ?? '', 'inode');
  if (inode !== undefined) return inode;
  throw new InputError(`"${text}" is not a namespace's inode`, {
    hint: 'a number as in `nslab ns --all`, or as /proc shows it: net:[4026531833]',
  });
}

type DetailedReference = NamespaceReference & { readonly command?: string; readonly whose?: Owner };

/** The command and owner of the process that holds the reference. The process of a mount only sees it. */
function processDetails(
  hold: NamespaceReference,
  ownerOf: NamespaceList['ownerOf'],
): Pick<DetailedReference, 'command' | 'whose'> {
  if (!('pid' in hold) || hold.by === 'mount') return {};
  const known = ownerOf(hold.pid);
  return { command: commandOf(hold.pid), ...(known && { whose: known }) };
}

function detailOf(hold: DetailedReference): string {
  if (hold.by === 'mount') return `in mount namespace ${hold.mnt}`;
  return shortened(hold.command ?? '-');
}

function summary({ kind, inode, whose, holds }: NamespaceFacts): string {
  const names = whose.map(ownerName).join(', ');
  const what = `${kind}:[${inode}]${names && ` of ${names}`}`;
  if (inode < FIRST_DYNAMIC)
    return `${what} is an initial namespace: the kernel keeps it alive until shutdown`;
  return `${what} lives until ${holds.length === 1 ? 'this is' : `all of these ${holds.length} are`} gone`;
}

/** Initial namespaces have smaller inodes. fs/proc/generic.c: PROC_DYNAMIC_FIRST */
const FIRST_DYNAMIC = 0xf0000000;
