import type { Test } from 'tap';
import type { HostOptions, Result, RunOptions } from '../campaign/pretend-host.ts';
import { eventually } from '../eventually.ts';
import { downIsBounded, inspected } from '../kernel/evidence.ts';
import { type KernelHost, onFreshHost } from '../kernel/host.ts';

/**
 * A host with a second pod, a web server that must answer during and after the test. onFreshHost() checks that the host is
 * unchanged when all pods are down.
 */
export async function besideANeighbour(
  t: Test,
  body: (host: KernelHost) => Promise<void>,
  options: HostOptions = { tmp: true },
): Promise<void> {
  await onFreshHost(
    t,
    async (host) => {
      await host.must(['hold', 'neighbour']);
      const serve = 'mkdir /www && echo unharmed > /www/index.html && exec busybox httpd -f -p 80 -h /www';
      await host.must(['run', '-d', '--name', 'web', '--pod', 'neighbour', '--', 'sh', '-c', serve]);
      const pod = await inspected<{ network: { addresses: string[] } }>(host, 'neighbour');
      const address = pod.network.addresses[0]?.split('/')[0] ?? '';
      const serves = () => servesAt(host, address);
      t.ok(await eventually(serves), 'the neighbour answers');
      await body(host);
      t.ok(await serves(), 'the neighbour is unharmed');
      await host.must(['down', 'neighbour']);
      t.notOk(await serves(), 'control: it is the neighbour who answered');
    },
    options,
  );
}

async function servesAt({ host }: KernelHost, address: string): Promise<boolean> {
  const ask = `exec 3<>/dev/tcp/${address}/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;
  return (await host.run(['timeout', '20', 'bash', '-c', ask])).stdout.endsWith('unharmed\n');
}

/** A verb that must succeed, beside a workload that goes on for ever: one that waited for that would never answer. */
export async function answers(
  t: Test,
  host: KernelHost,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  const result = await host.nslab(args, options);
  const { status, timedOut, stderr } = result;
  t.same({ status, timedOut }, { status: 0, timedOut: false }, `nslab ${args.join(' ')}: ${stderr}`);
  return result;
}

/** The same for a down: beyond the `grace` of its workloads, in seconds, it waits for nothing. */
export async function goesDown(
  t: Test,
  host: KernelHost,
  args: readonly string[],
  { grace = 0, pods = 1 }: { readonly grace?: number; readonly pods?: number } = {},
): Promise<void> {
  const { ms } = await answers(t, host, args);
  await downIsBounded(t, `nslab ${args.join(' ')}`, ms - 1000 * grace, pods);
}

/** All that may be asked of a pod while a workload of it misbehaves. `down` is another matter: it has a grace period. */
export async function verbsAnswer(t: Test, host: KernelHost, pod: string, workload: string): Promise<void> {
  const name = `${pod}/${workload}`;
  for (const args of [
    ['ps', '-a'],
    ['ps', '-a', '-o', 'wide'],
    ['inspect', pod],
    ['inspect', name],
    ['ns', pod],
    ['logs', '--tail', '1', name],
    ['exec', pod, 'true'],
    ['gc'],
  ])
    await answers(t, host, args);
}
