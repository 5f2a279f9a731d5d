import { LockedDirectory } from '../sys/locked-directory.ts';
import type { Host } from './host.ts';
import { refuseForeignState } from './lock-pod.ts';
import { asWork } from './unfinished.ts';

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
      refuseForeignState(host, root);
      return await body();
    } finally {
      host.held.delete(fd);
    }
  };
  const directory = new LockedDirectory(root, 'networks', host.kernel, host.files);
  return asWork(host, root, () => directory.locked('exclusive', holding, options));
}
