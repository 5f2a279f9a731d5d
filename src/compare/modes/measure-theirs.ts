import { OperationError } from '../../sys/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { makeImages } from '../engine/images.ts';
import { MODES } from './mode-table.ts';
import { type Sharing, sharingOf } from './sharing.ts';

/** The namespaces in a mode, or why the engine refuses it. */
export type ModeResult = { readonly sharing: Sharing } | { readonly refused: string };

/** Starts a container in each mode and reads its namespaces. In the order of `MODES`. */
export async function measureTheirs(engine: Engine, run: string, check: () => void): Promise<ModeResult[]> {
  const images = await makeImages(engine, ['pause', 'busybox']);
  const donor = `pause-${run}`;
  await engine.docker('run', '-d', '--label', engine.label, '--name', donor, '--ipc=shareable', images.pause);
  const { pid: donorPid } = await engine.processOf(donor);
  const found: ModeResult[] = [];
  for (const { words } of MODES) {
    check();
    try {
      const options = words.map((word) => word.replace(/X$/, donor));
      const id = await engine.docker(
        'run',
        '-d',
        '--label',
        engine.label,
        ...options,
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
