import type { Test } from 'tap';
import { bundle } from '../bundle.ts';
import { collapsed, leftBehind } from '../campaign/left-behind.ts';
import { PretendHost } from '../campaign/pretend-host.ts';
import { nslab } from '../campaign/program.ts';
import { diff, type Snapshot } from '../campaign/snapshot.ts';

/** A pretend host, and in it a program that uses the library. */
export async function programHost(t: Test, source: URL | string) {
  const program = await bundle(t, source);
  const host = await PretendHost.create({ uplink: true, tmp: true });
  const before: Snapshot = await host.snapshot();
  return {
    host,
    program,
    run: (...words: string[]) => host.run(['node', program, ...words], { timeout: 30 * 60_000 }),
    runWith: (env: Record<string, string>, ...words: string[]) =>
      host.run(['node', program, ...words], { env, timeout: 30 * 60_000 }),
    cli: (...words: string[]) => host.run([...nslab.argv, ...words]),
    left: async (patience?: number) =>
      patience === 0 ? diff(before, await host.snapshot()) : collapsed(await leftBehind(host, before)),
    programs: async () => (await host.run(['ps', '-eo', 'args='])).stdout.split('\n'),
    [Symbol.asyncDispose]: () => host.destroy(),
  };
}
