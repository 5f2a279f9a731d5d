import type { KernelHost } from '../host.ts';
import type { Cast } from './facts.ts';

/** On which sides the published port answers, and as whom the pod is seen outside. */
export async function reach(host: KernelHost, { holder }: Cast) {
  const asks = async (enter: string, address: string) =>
    (await host.host.run(['bash', '-c', `${enter} curl -s -m 10 http://${address}:8080`])).stdout !== '';
  const outside = `nsenter -t ${host.host.outside} -n`;
  const seenAs = await host.sh(
    `nsenter -t ${holder} -n bash -c 'timeout 10 cat </dev/tcp/203.0.113.1/9000' || :`,
  );
  return {
    outside: await asks(outside, '203.0.113.2'),
    host: await asks('', '203.0.113.2'),
    loopback: await asks('', '127.0.0.1'),
    seenAs,
  };
}

/** Somebody beyond the uplink, who tells each caller as whom he sees him. */
export async function someoneFarAway({ host }: KernelHost) {
  const server =
    'require("net").createServer((c) => c.end(c.remoteAddress)).listen(9000, "203.0.113.1", () => console.log("up"))';
  const listener = host.spawn(['nsenter', '-t', String(host.outside), '-n', 'node', '-e', server]);
  await new Promise((resolve) => listener.child.stdout?.once('data', resolve));
  return {
    async end() {
      listener.signal('SIGKILL');
      await listener.result;
    },
  };
}

/** Drops what is forwarded, as Docker sets it up: a pod is reached by two accept rules of its network alone. */
export const DOCKERS_FIREWALL = `table ip filter {
  chain DOCKER-USER { return; }
  chain FORWARD { type filter hook forward priority 0; policy drop; jump DOCKER-USER; }
}`;
