import { Shelf } from '../sys/locked-directory.ts';
import type { Doors } from './host.ts';

/** Runs `body` with the networks' lock held, also by every tool that it starts. */
export async function withNetworks<T>(
  doors: Doors,
  root: string,
  body: () => Promise<T>,
  options: { readonly adds?: boolean } = {},
): Promise<T> {
  const holding = async (fd: number) => {
    doors.held.add(fd);
    try {
      return await body();
    } finally {
      doors.held.delete(fd);
    }
  };
  return new Shelf(root, 'networks', doors.kernel, doors.files).locked('exclusive', holding, options);
}
