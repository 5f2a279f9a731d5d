import type { Test } from 'tap';
import type { HostOptions, Result, RunOptions } from '../campaign/pretend-host.ts';
import { eventually } from '../kernel/evidence.ts';
import { type KernelHost, onFreshHost } from '../kernel/host.ts';

/** Milliseconds: the time limit of a verb that does not wait, while a hostile workload runs. */
const AT_ONCE = 4000;

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
      const [pod] = JSON.parse(await host.must(['inspect', 'neighbour'])) as [
        { network: { addresses: string[] } },
      ];
      const address = pod.network.addresses[0]?.split('/')[0] ?? '';
      const answers = () => answersAt(host, address);
      t.ok(await eventually(answers), 'the neighbour answers');
      await body(host);
      t.ok(await answers(), 'the neighbour is unharmed');
      await host.must(['down', 'neighbour']);
      t.notOk(await answers(), 'control: it is the neighbour who answered');
    },
    options,
  );
}

async function answersAt({ host }: KernelHost, address: string): Promise<boolean> {
  const ask = `exec 3<>/dev/tcp/${address}/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;
  return (await host.run(['timeout', '1', 'bash', '-c', ask])).stdout.endsWith('unharmed\n');
}

/** Runs a verb that must succeed within the time limit. */
export async function promptly(
  t: Test,
  host: KernelHost,
  args: readonly string[],
  options: RunOptions & { readonly within?: number } = {},
): Promise<Result> {
  const { within = AT_ONCE, ...rest } = options;
  const result = await host.nslab(args, { timeout: within + 5000, ...rest });
  const { status, ms, stderr } = result;
  t.equal(status, 0, `nslab ${args.join(' ')}: ${stderr}`);
  t.ok(ms < within, `nslab ${args.join(' ')}: within ${within} ms (${Math.round(ms)})`);
  return result;
}

/** The verbs that must work on a pod with a hostile workload. Without `down`, which has a grace period. */
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
    await promptly(t, host, args);
}
