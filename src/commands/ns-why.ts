import { commandOf } from '../observe/command.ts';
import type { NamespaceFacts, NamespaceList } from '../observe/list-namespaces.ts';
import { namespaceMatrix } from '../observe/matrix.ts';
import { ownerName } from '../observe/owner.ts';
import { type NamespaceReference, referenceName } from '../observe/reference.ts';
import { findPlace, findTarget, type Target } from '../pod/target.ts';
import { subjects } from '../pod/view.ts';
import { json, yaml } from '../render/output.ts';
import { table } from '../render/table.ts';
import type { Owner } from '../spec/wiring.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { parseNumber } from '../sys/number.ts';
import { type GlobalOptions, printNotice, stateRoot } from './globals.ts';
import { readNamespaces, shortened } from './ns-all.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab ns why INODE|NAME`: lists everything that keeps a namespace alive, or those of a pod or workload. */
export async function nsWhy(
  text: string,
  options: { output?: string; headers?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'table', ['table', 'wide', 'json', 'yaml']);
  const inode = parseInode(text);
  const inodes = inode === undefined ? inodesOf(text, globals) : [inode];
  const { namespaces, unseen, ownerOf } = await readNamespaces(globals);
  const found = namespaces.filter((each) => inodes.includes(each.inode));
  if (found.length === 0)
    throw new OperationError(`no namespace has inode ${inodes.join(' or ')}`, {
      hint: `${unseen[0] ?? 'it may be gone'}; \`nslab ns --all\` lists all`,
    });
  const reports = found.map(({ holds, ...namespace }) => ({
    namespace,
    items: holds.map((hold) => ({ ...hold, ...processDetails(hold, ownerOf) })),
  }));
  if (format === 'json' || format === 'yaml') {
    const document =
      inode === undefined
        ? { kind: 'NamespaceHoldsList', items: reports }
        : { kind: 'NamespaceHolds', ...reports[0] };
    print(format === 'json' ? json(document) : await yaml(document));
  } else {
    for (const each of found) printNotice(summary(each));
    printTable(reports, inode === undefined, options.headers !== false);
  }
  for (const sentence of unseen) printNotice(sentence);
  return 0;
}

/** Of several namespaces, each row begins with its own. */
function printTable(reports: readonly Report[], several: boolean, headers: boolean): void {
  const rows = reports.flatMap(({ namespace, items }) =>
    items.map((item) => [
      ...(several ? [`${namespace.kind}:[${namespace.inode}]`] : []),
      referenceName(item),
      item.whose ? ownerName(item.whose) : '-',
      detailOf(item),
    ]),
  );
  const head = [...(several ? ['NAMESPACE'] : []), 'REFERENCE', 'OWNER', 'DETAIL'];
  print(`${table(head, rows, headers)}\n`);
}

interface Report {
  readonly namespace: Omit<NamespaceFacts, 'holds'>;
  readonly items: readonly DetailedReference[];
}

/** The number, or the form of /proc: net:[4026531833]. */
function parseInode(text: string): number | undefined {
  return parseNumber(/^(?:\w+:\[)?(\d+)\]?$/.exec(text)?.[1] ?? '', 'inode');
}

/** The namespaces of a pod's holder, or of a workload, that are not the host's. */
function inodesOf(name: string, globals: GlobalOptions): number[] {
  const root = stateRoot(globals);
  const { pod, workload } = findNamed(root, name);
  const called = workload?.name ?? 'pause';
  const row = namespaceMatrix(subjects(pod)).processes.find((each) => each.name === called);
  if (!row) throw new OperationError(`"${name}" is not running`, { hint: 'see `nslab ps -a`' });
  return Object.values(row.ns).flatMap((found) => (found && found.same !== 'host' ? [found.inode] : []));
}

function findNamed(root: string, name: string): Target {
  try {
    findPlace(root, name);
  } catch (cause) {
    throw new InputError(`"${name}" is not a namespace's inode, and no pod or workload is called so`, {
      cause,
      hint: 'a number as in `nslab ns --all`, or as /proc shows it: net:[4026531833]',
    });
  }
  return findTarget(root, name);
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
