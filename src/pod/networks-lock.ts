import { networkNames, readMaybeNetwork } from '../net/record.ts';
import { LockedDirectory } from '../sys/locked-directory.ts';
import { refuseElsewhere } from './elsewhere.ts';
import type { Host } from './host.ts';
import { isAnyAlive } from './store.ts';

/** By any one of them: all belong to the same namespaces. */
function refuseForeignNetworks(host: Host, root: string): void {
  const [name] = networkNames(root);
  const network = name === undefined ? undefined : readMaybeNetwork(root, name);
  if (network) refuseElsewhere(host, root, network.instance, () => isAnyAlive(host, root));
}

/** Runs `body` with the networks' lock held, also by every tool that it starts. */
export async function withNetworks<T>(
  host: Host,
  root: string,
  body: () => Promise<T>,
  options: { readonly adds?: boolean } = {},
): Promise<T> {
  const holding = async (fd: number) => {
    host.held.add(fd);
    try {
      refuseForeignNetworks(host, root);
      return await body();
    } finally {
      host.held.delete(fd);
    }
  };
  return new LockedDirectory(root, 'networks', host.kernel, host.files).locked('exclusive', holding, options);
}
