import type { Host } from '../pod/host.ts';
import { makePods } from '../pod/make-pods.ts';
import type { OwnedPod } from '../pod/up.ts';
import { withProgress } from './progress.ts';
import type { Session } from './session.ts';

/** A pod to be made, by the host of the call that makes all of them. */
interface Wanted {
  readonly name: string;
  make(host: Host): Promise<OwnedPod>;
}

/** Makes pods; on a terminal it is seen which one is at work. */
export function makeWithProgress(
  { host, root }: Session,
  wanted: readonly Wanted[],
  each: (pod: OwnedPod) => void,
  then: (made: readonly OwnedPod[]) => void | Promise<void>,
): Promise<readonly OwnedPod[]> {
  return withProgress((say) => {
    const makers = wanted.map(({ name, make }, index) => (host: Host) => {
      const which = wanted.length > 1 ? ` (${index + 1} of ${wanted.length})` : '';
      say(() => `making pod ${name}${which}`);
      return make(host);
    });
    return makePods(host, root, makers, each, then);
  });
}
