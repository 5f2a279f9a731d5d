import { ALL_KINDS, type Kind } from '../ns/kinds.ts';
import { type MatrixRow, namespaceMatrix } from '../observe/matrix.ts';
import { podNames, readPod } from '../pod/store.ts';
import { findTarget } from '../pod/target.ts';
import { subjects } from '../pod/view.ts';
import { json, yaml } from '../render/output.ts';
import { type Palette, palette } from '../render/palette.ts';
import { type Cell, table } from '../render/table.ts';
import { InputError } from '../sys/errors.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { nsAll } from './ns-all.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab ns [POD…]`: a matrix of processes and namespaces, by inode. */
export async function ns(
  names: readonly string[],
  options: { all?: boolean; output?: string; headers?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  if (options.all) {
    if (names.length > 0) throw new InputError('--all lists every namespace: it takes no names');
    return nsAll(options, globals);
  }
  const format = checkFormat(options.output ?? 'table', ['table', 'wide', 'json', 'yaml']);
  const root = stateRoot(globals);
  const pods =
    names.length > 0
      ? names.map((name) => findTarget(root, name).pod)
      : podNames(root).map((name) => readPod(root, name));
  const matrix = namespaceMatrix(pods.flatMap(subjects));
  if (format === 'json' || format === 'yaml') {
    const document = { kind: 'NamespaceMatrix', ...matrix };
    print(format === 'json' ? json(document) : await yaml(document));
    return 0;
  }
  const colors = palette(process.stdout, globals.color);
  const host = ['', 'host', '1', ...ALL_KINDS.map((kind) => String(matrix.host[kind] ?? '-'))];
  const rows = matrix.processes.map((row) => [
    row.pod,
    row.name,
    String(row.pid),
    ...ALL_KINDS.map((kind) => cell(row, kind, colors)),
  ]);
  const head = ['POD', 'NAME', 'PID', ...ALL_KINDS.map((kind) => kind.toUpperCase())];
  print(`${table(head, [host, ...rows], options.headers !== false)}\n`, colors);
  return 0;
}

/** The inode of an own namespace; for a shared one, the process that it is shared with. */
function cell(row: MatrixRow, kind: Kind, { green, dim }: Palette): Cell {
  const found = row.ns[kind];
  if (!found) return '-';
  if (found.same === 'own') return String(found.inode);
  return found.same === 'holder' ? { lines: ['= holder'], paint: green } : { lines: ['= host'], paint: dim };
}
