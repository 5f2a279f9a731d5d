import { Host, program } from './host.ts';
import type { Path } from './results.ts';

/** From whom to whom: the process that serves and the one that asks, by what is put before their commands. */
interface Way {
  readonly path: string;
  readonly server: readonly string[];
  readonly client: readonly string[];
  readonly address: string;
  readonly port?: number;
}

const PORT = 5201;

/** What we need of `nslab inspect`. */
interface View {
  readonly holder: { readonly pid: number };
  readonly network: { readonly addresses: readonly string[] };
}

/** How fast data goes, along each way that it can take: one stream, and one byte there and back. */
export async function measurePaths(rounds: number): Promise<Path[]> {
  await using host = await Host.create();
  // The engine first: it bars the way between pods of a network that is older than it is (its FORWARD chain drops).
  const theirs = await dockers(host);
  const ways = [...(await ours(host)), ...theirs];
  const found = ways.map(({ path }) => ({ path, gbps: [] as number[], rtt: [] as number[] }));
  for (let round = 0; round < rounds; round++)
    for (const [index, way] of ways.entries()) {
      const { gbps, rtt } = await measure(host, way);
      found[index]?.gbps.push(gbps);
      found[index]?.rtt.push(rtt);
    }
  await host.run(program.nslab('down', '--all'));
  return found;
}

async function ours(host: Host): Promise<Way[]> {
  await host.run(program.nslab('network', 'create', 'routed', '--type', 'ptp', '--subnet', '10.245.0.0/16'));
  await host.run(program.nslab('hold', 'a', '-p', `8201:${PORT}`));
  await host.run(program.nslab('hold', 'b'));
  await host.run(program.nslab('hold', 'r', '--network', 'routed'));
  const of = async (pod: string) => {
    const { items } = JSON.parse(await host.run(program.nslab('inspect', pod))) as { items: View[] };
    const [view] = items;
    if (!view) throw new Error(`there is no pod ${pod}`);
    return view;
  };
  const [a, b, r] = [await of('a'), await of('b'), await of('r')];
  const inside = ({ holder }: View) => ['nsenter', '-t', `${holder.pid}`, '-n'];
  const plain = ({ network }: View) => (network.addresses[0] ?? '').replace(/\/.*/, '');
  const localhost = '127.0.0.1';
  return [
    { path: 'the host’s own localhost', server: [], client: [], address: localhost },
    { path: 'localhost in a pod', server: inside(a), client: inside(a), address: localhost },
    { path: 'host to pod, veth (routed)', server: inside(r), client: [], address: plain(r) },
    { path: 'pod to pod, bridge', server: inside(a), client: inside(b), address: plain(a) },
    {
      path: 'host to pod, published port (DNAT)',
      server: inside(a),
      client: [],
      address: '203.0.113.2',
      port: 8201,
    },
  ];
}

async function dockers(host: Host): Promise<Way[]> {
  const engine = await host.engine();
  if (!engine) return [];
  const inside: string[][] = [];
  for (const name of ['bench-a', 'bench-b']) {
    await engine.must('run', '-d', '--name', name, 'pause:3.1');
    inside.push(['nsenter', '-t', await engine.must('inspect', '-f', '{{.State.Pid}}', name), '-n']);
  }
  const [server = [], client = []] = inside;
  const address = await engine.must('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'bench-a');
  return [{ path: 'container to container, docker0', server, client, address }];
}

async function measure(
  host: Host,
  { server, client, address, port = PORT }: Way,
): Promise<{ gbps: number; rtt: number }> {
  const words = [...server, ...program.native('stream', 'serve', `${PORT}`)];
  const asks = [...client, ...program.native('stream', 'ask', address, `${port}`)];
  return JSON.parse(
    await host.sh(`${words.join(' ')} & ${asks.join(' ')} || { status=$?; kill $!; exit $status; }; wait`),
  );
}
