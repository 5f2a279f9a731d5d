import { commandOf } from '../observe/command.ts';
import type { NamespaceFacts, NamespaceList } from '../observe/list-namespaces.ts';
import { ownerName } from '../observe/owner.ts';
import { type Hold, referenceName } from '../observe/reference.ts';
import { json, yaml } from '../render/output.ts';
import { table } from '../render/table.ts';
import { parseNumber } from '../spec/number.ts';
import type { Owner } from '../spec/wiring.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { checkFormat } from './format.ts';
import { type GlobalOptions, say } from './globals.ts';
import { census, shortened } from './ns-all.ts';
import { print } from './print.ts';

/** `nslab ns why INODE`: everything that would have to go before this namespace dies. */
export async function nsWhy(
  text: string,
  options: { output?: string; headers?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'table', ['table', 'wide', 'json', 'yaml']);
  const inode = parseInode(text);
  const { namespaces, unseen, whose } = await census(globals);
  const found = namespaces.find((each) => each.inode === inode);
  if (!found)
    throw new OperationError(`no namespace has inode ${inode}`, {
      hint: `${unseen[0] ?? 'it may be gone'}; \`nslab ns --all\` lists what there is`,
    });
  const { holds, ...namespace } = found;
  const items = holds.map((hold) => ({ ...hold, ...lookCloser(hold, whose) }));
  if (format === 'json' || format === 'yaml') {
    const document = { kind: 'NamespaceHolds', namespace, items };
    print(format === 'json' ? json(document) : await yaml(document));
  } else {
    say(summary(found));
    const rows = items.map((item) => [
      referenceName(item),
      item.whose ? ownerName(item.whose) : '-',
      whichIs(item),
    ]);
    print(`${table(['HELD BY', 'WHOSE', 'WHICH IS'], rows, options.headers !== false)}\n`);
  }
  for (const sentence of unseen) say(sentence);
  return 0;
}

/** As `ns --all` prints it, or as /proc does. */
function parseInode(text: string): number {
  const inode = parseNumber(/^(?:\w+:\[)?(\d+)\]?$/.exec(text)?.[1] ?? '', 'inode');
  if (inode !== undefined) return inode;
  throw new InputError(`"${text}" is not a namespace's inode`, {
    hint: 'a number as in `nslab ns --all`, or as /proc shows it: net:[4026531833]',
  });
}

type CloserHold = Hold & { readonly command?: string; readonly whose?: Owner };

/** The process that holds it. For a mount it is only one that sees it. */
function lookCloser(hold: Hold, whose: NamespaceList['whose']): Pick<CloserHold, 'command' | 'whose'> {
  if (!('pid' in hold) || hold.by === 'mount') return {};
  const known = whose(hold.pid);
  return { command: commandOf(hold.pid), ...(known && { whose: known }) };
}

function whichIs(hold: CloserHold): string {
  if (hold.by === 'mount') return `in mount namespace ${hold.mnt}`;
  return shortened(hold.command ?? '-');
}

function summary({ kind, inode, whose, holds }: NamespaceFacts): string {
  const names = whose.map(ownerName).join(', ');
  const what = `${kind}:[${inode}]${names && ` of ${names}`}`;
  if (inode < FIRST_DYNAMIC)
    return `${what} is the machine's first: the kernel itself keeps it, whoever else does`;
  return `${what} lives until ${holds.length === 1 ? 'this is' : `all of these ${holds.length} are`} gone`;
}

/** Below it are the namespaces that the kernel was born with. fs/proc/generic.c: PROC_DYNAMIC_FIRST */
const FIRST_DYNAMIC = 0xf0000000;
