import { LockedDirectory } from '../sys/locked-directory.ts';
import type { Host } from './host.ts';

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
      return await body();
    } finally {
      host.held.delete(fd);
    }
  };
  return new LockedDirectory(root, 'networks', host.kernel, host.files).locked('exclusive', holding, options);
}
