import { OperationError } from '../../sys/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { makeImages } from '../engine/images.ts';
import { type Sharing, sharingOf } from './sharing.ts';
import { MODES } from './table.ts';

/** What an engine does with a mode, or why it does not. */
export type Found = { readonly sharing: Sharing } | { readonly refused: string };

/** Starts a container in each of the modes, in an engine, and looks. In the order of the table. */
export async function measureTheirs(engine: Engine, run: string, check: () => void): Promise<Found[]> {
  const images = await makeImages(engine, ['pause', 'busybox']);
  const donor = `pause-${run}`;
  await engine.docker('run', '-d', '--label', engine.label, '--name', donor, '--ipc=shareable', images.pause);
  const { pid: donorPid } = await engine.processOf(donor);
  const found: Found[] = [];
  for (const { words } of MODES) {
    check();
    try {
      const said = words.map((word) => word.replace(/X$/, donor));
      const id = await engine.docker(
        'run',
        '-d',
        '--label',
        engine.label,
        ...said,
        images.busybox,
        'sleep',
        '1000',
      );
      const { pid } = await engine.processOf(id);
      found.push({ sharing: await sharingOf(pid, donorPid) });
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      found.push({ refused: error.message });
    }
  }
  return found;
}
