import { collect } from '../pod/gc.ts';
import { previewGc } from '../pod/preview-gc.ts';
import { syncServices } from '../service/sync.ts';
import { removeUnrecordedTables } from '../service/unrecorded-tables.ts';
import type { GlobalOptions } from './globals.ts';
import { printLine } from './print.ts';
import { openChangingSession, openSession } from './session.ts';

/** `nslab gc`: removes what killed commands left behind, and pods with a dead holder. */
export async function gc({ dryRun = false }: { dryRun?: boolean }, globals: GlobalOptions): Promise<number> {
  if (dryRun) {
    const { host, root } = await openSession(globals);
    for (const { what, why } of await previewGc(host, root)) printLine(`would remove ${what}: ${why}`);
    return 0;
  }
  const { host, root } = await openChangingSession(globals, { touches: 'all' });
  await collect(host, root, 'full', ({ what, why }) => printLine(`removed ${what}: ${why}`));
  await syncServices(host, root);
  for (const table of await removeUnrecordedTables(host, root))
    printLine(`removed table ip ${table}: its record was removed`);
  return 0;
}
