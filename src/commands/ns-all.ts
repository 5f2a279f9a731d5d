import { listNamespaces, type NamespaceFacts } from '../observe/list-namespaces.ts';
import { ownerName } from '../observe/owner.ts';
import { type NamespaceReference, referenceName } from '../observe/reference.ts';
import { type Column, listing } from '../render/output.ts';
import { openLibc } from '../sys/libc.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, printNotice } from './globals.ts';
import { knownProcesses } from './known-processes.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab ns --all`: every namespace of this machine, its owner, and what keeps it alive when no process is in it. */
export async function nsAll(
  options: { output?: string; headers?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'table', ['table', 'wide', 'json', 'yaml']);
  const { namespaces, unseen } = await readNamespaces(globals);
  const list = {
    kind: 'NamespaceList',
    items: namespaces,
    name: ({ inode }: NamespaceFacts) => String(inode),
    columns,
  };
  print(await listing(list, { format, headers: options.headers !== false }));
  for (const sentence of unseen) printNotice(sentence);
  return 0;
}

/** Reads all namespaces of this machine. Enters none and changes nothing. */
export async function readNamespaces(globals: GlobalOptions): Promise<ReturnType<typeof listNamespaces>> {
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  return listNamespaces({ libc: await openLibc(), transcript }, knownProcesses(globals));
}

const columns: Column<NamespaceFacts>[] = [
  { head: 'KIND', cell: ({ kind }) => kind },
  { head: 'INODE', cell: ({ inode }) => String(inode) },
  { head: 'PROCESSES', cell: ({ processes }) => String(processes) },
  { head: 'THREADS', wide: true, cell: ({ threads }) => String(threads) },
  { head: 'PID', cell: ({ pid }) => String(pid ?? '-') },
  { head: 'OWNING USERNS', wide: true, cell: ({ owner }) => String(owner ?? '-') },
  { head: 'PARENT', wide: true, cell: ({ parent }) => String(parent ?? '-') },
  { head: 'OWNER', cell: ({ whose }) => whose.map(ownerName).join(', ') || '-' },
  { head: 'COMMAND OR ONLY REFERENCE', cell: commandOrReference },
];

function commandOrReference({ command, holds }: NamespaceFacts): string {
  if (command !== null) return shortened(command);
  const [first, ...more] = [...holds].sort((a, b) => rank(a) - rank(b));
  if (!first) return '-';
  return `only: ${referenceName(first)}${more.length > 0 ? `, and ${more.length} more` : ''}`;
}

/** What a reader can act on comes first. */
function rank({ by }: NamespaceReference): number {
  return ['process', 'thread', 'children', 'mount', 'fd', 'owner', 'parent'].indexOf(by);
}

/** Shortens a command for the table; JSON has all of it. */
export function shortened(command: string): string {
  return command.length > 60 ? `${command.slice(0, 59)}…` : command;
}
