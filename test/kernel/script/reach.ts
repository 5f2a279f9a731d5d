import type { KernelHost } from '../host.ts';
import type { PodPids } from './facts.ts';

/** From where the published port answers, and the source address of the pod's packets outside. */
export async function reach(host: KernelHost, { holder }: PodPids) {
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

/** A server beyond the uplink that sends each client its source address. */
export async function startRemoteServer({ host }: KernelHost) {
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

/** Docker's policy: drops forwarded packets. Only the two accept rules of a network let a pod's packets pass. */
export const DOCKERS_FIREWALL = `table ip filter {
  chain DOCKER-USER { return; }
  chain FORWARD { type filter hook forward priority 0; policy drop; jump DOCKER-USER; }
}`;
