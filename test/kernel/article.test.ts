import t from 'tap';
import { requires } from '../requires.ts';
import { type Inodes, inodesOf, inspected, KINDS, listed, listens, pidOf, words } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** "The Almighty Pause Container", its three commands, on this machine's own nginx and busybox. */
const JOINED = ['--network=container:pause', '--ipc=container:pause'];
const NGINX = ['run', '-d', '--name', 'nginx', ...JOINED, '--', 'nginx', '-g', 'daemon off;'];
const LOOP = 'while true; do echo hello; sleep 1; done';
const BUSYBOX = ['run', '-d', '--name', 'busybox', ...JOINED, '--', 'sh', '-c', LOOP];

if (requires(t, 'root', 'ip', 'nft', 'nginx', 'busybox', 'curl')) {
  t.test('who shares what: every witness says the same', (t) =>
    onFreshHost(t, async (host) => {
      t.equal(await theThreeCommands(host), 'pause\npause/nginx\npause/busybox\n', 'each says its name');
      const pids = new Map<string, number>();
      for (const name of ['pause', 'nginx', 'busybox']) pids.set(name, await pidOf(host, `pause/${name}`));
      const kernel = new Map([...pids].map(([name, pid]) => [name, inodesOf(host.host, pid)]));
      const machine = inodesOf(host.host, 1);

      for (const kind of ['net', 'ipc']) {
        t.equal(distinct(kernel, kind).size, 1, `${kind}: one for all three`);
        t.notOk(distinct(kernel, kind).has(machine[kind]), `${kind}: not the host's (control)`);
      }
      for (const kind of ['uts', 'mnt']) t.equal(distinct(kernel, kind).size, 3, `${kind}: one each`);
      // The holder itself needs no pid namespace: pause is not PID 1 of anybody here.
      t.equal(kernel.get('pause')?.pid, machine.pid, 'pid: the holder is in the host’s');
      t.equal(new Set([...distinct(kernel, 'pid'), machine.pid]).size, 3, 'pid: one for each workload');
      for (const kind of ['user', 'cgroup', 'time'])
        t.same([...distinct(kernel, kind)], [machine[kind]], `${kind}: the host’s`);

      t.same(await asNsSays(host), Object.fromEntries(kernel), '`ns -o json` = the kernel');
      t.same((await inspected<Pod>(host, 'pause')).namespaces, kernel.get('pause'), '`inspect` = the kernel');
      for (const [name, pid] of pids) {
        t.same(await asLsnsSays(host, pid), kernel.get(name), `lsns -J of ${name} = the kernel`);
        const entered = await host.sh(`nsenter -t ${pid} -n -i -u stat -Lc %i /proc/self/ns/{net,ipc,uts}`);
        const { net, ipc, uts } = kernel.get(name) as Record<string, number>;
        t.same(words(entered).map(Number), [net, ipc, uts], `nsenter into ${name} arrives there`);
        t.equal((await host.sh(`ip netns identify ${pid}`)).trim(), 'pause', `ip netns identify ${name}`);
      }
      t.equal((await host.sh('ip netns identify 1')).trim(), '', 'ip netns identify of the host (control)');
      t.match(JSON.parse(await host.sh('ip -j netns list')), [{ name: 'pause' }], 'ip netns list');
      const inside = words(await host.sh('ip netns pids pause')).map(Number);
      for (const [name, pid] of pids) t.ok(inside.includes(pid), `ip netns pids: ${name}`);
      t.notOk(inside.includes(1), 'ip netns pids: not the host’s (control)');

      const wiring = (await inspected<Pod>(host, 'pause')).network;
      const [inner] = JSON.parse(await host.sh('ip -n pause -j addr show dev eth0')) as [Link];
      const [outer] = JSON.parse(await host.sh(`ip -d -j link show dev ${wiring.hostInterface}`)) as [Link];
      const own = inner.addr_info.find(({ family }) => family === 'inet');
      t.same([`${own?.local}/${own?.prefixlen}`], wiring.addresses, 'ip -j addr = inspect');
      t.equal(inner.address, wiring.mac, 'ip -j link: the MAC');
      t.same([inner.link_index, inner.ifindex], [outer.ifindex, outer.link_index], 'two ends of one veth');
      t.match(
        outer,
        { master: wiring.bridge, ifalias: /^nslab:[a-z2-7]{8}:[0-9a-z]+ pod\/pause$/ },
        'on the bridge, with our mark',
      );
      const routes = JSON.parse(await host.sh('ip -n pause -j route show default')) as { gateway: string }[];
      t.equal(routes[0]?.gateway, wiring.gateway, 'ip -j route = inspect');
      for (const [name, { address }] of await listed(host))
        t.equal(`${address}/16`, wiring.addresses[0], `ps: the address of ${name}`);

      const nginx = pids.get('nginx');
      const heard = `nsenter -t ${pids.get('busybox')} -n ss -Hltnp 'sport = :80'`;
      t.match(await host.sh(heard), `pid=${nginx},`, 'ss from busybox’s namespace: the pid of nginx');
      t.equal(await host.sh("ss -Hltn 'sport = :80'"), '', 'ss on the host: nobody (control)');
      await host.must(['down', 'pause']);
    }),
  );

  t.test('localhost, the address, one port, and a neighbour that comes and goes', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await theThreeCommands(host);
      const address = (await listed(host)).get('pause/pause')?.address;
      const page = await host.sh('cat /usr/share/nginx/html/index.html');
      const asked = ['exec', 'busybox', 'wget', '-qO-', 'http://localhost'];

      t.equal(await must(asked), page, 'busybox asks localhost: nginx’s page');
      t.not(
        (await host.host.run(['busybox', 'wget', '-qO-', 'http://localhost'])).status,
        0,
        'not on the host',
      );
      t.equal(await sh(`curl -sS http://${address}`), page, 'the host asks the pod’s address (curl)');
      t.equal(await sh(`busybox wget -qO- http://${address}`), page, 'and by busybox’s wget');

      const second = await nslab([
        'run',
        '--rm',
        '--name',
        'second',
        ...JOINED,
        '--',
        'nginx',
        '-g',
        'daemon off;',
      ]);
      t.match(second, {
        status: 1,
        stderr: /bind\(\) to 0\.0\.0\.0:80 failed \(98: Address already in use\)/,
      });
      const other = (port: number) => [
        '--name',
        'httpd',
        '--pod',
        'pause',
        '--',
        'busybox',
        'httpd',
        '-f',
        '-p',
        `${port}`,
      ];
      t.match(
        await nslab(['run', '--rm', ...other(80)]),
        { status: 1, stderr: /Address already in use/ },
        'httpd too',
      );
      await must(['run', '-d', ...other(81)]);
      t.ok(await listens(host, 81, await pidOf(host, 'pause/httpd')), 'on another port it may (control)');
      await must(['rm', '-f', 'httpd']);

      const { net } = inodesOf(host.host, await pidOf(host, 'pause/pause'));
      const before = await neighbours(host);
      await must(['kill', 'nginx']);
      t.equal(await must(['wait', 'nginx']), '137\n', 'killed');
      t.not((await nslab(asked)).status, 0, 'nobody answers (control)');
      t.match(await nslab(NGINX), { status: 125, stderr: /exists already\nhint: .*nslab rm pause\/nginx/ });
      await must(['rm', 'nginx']);
      await must(NGINX);
      await answering(host);
      t.equal(await must(asked), page, 'run again: the same page');
      const again = await neighbours(host);
      t.not(again.nginx, before.nginx, 'by another process');
      t.same({ ...again, nginx: 0 }, { ...before, nginx: 0 }, 'address and neighbour are the same');
      t.equal(inodesOf(host.host, again.nginx).net, net, 'in the same network namespace');

      await must(['restart', 'nginx']);
      await answering(host);
      const restarted = await neighbours(host);
      t.not(restarted.nginx, again.nginx, 'restart: another process');
      t.same(
        { ...restarted, nginx: 0 },
        { ...again, nginx: 0 },
        'restart: address and neighbour are the same',
      );
      t.equal(inodesOf(host.host, restarted.nginx).net, net, 'restart: the same namespace');
      t.equal(await must(asked), page, 'restart: the same page');
      t.match(await must(['logs', '--tail', '1', 'busybox']), 'hello\n');
      await must(['down', '--all']);
    }),
  );
}

interface Pod {
  readonly namespaces: Inodes;
  readonly network: Readonly<Record<'bridge' | 'hostInterface' | 'mac' | 'gateway', string>> & {
    readonly addresses: readonly string[];
  };
}

interface Link {
  readonly ifindex: number;
  readonly link_index: number;
  readonly address: string;
  readonly addr_info: readonly { family: string; local: string; prefixlen: number }[];
}

async function theThreeCommands(host: KernelHost): Promise<string> {
  const said: string[] = [];
  for (const command of [['hold', 'pause'], NGINX, BUSYBOX]) said.push(await host.must(command));
  await answering(host);
  return said.join('');
}

async function answering(host: KernelHost): Promise<void> {
  if (!(await listens(host, 80, await pidOf(host, 'pause/pause')))) throw new Error('nginx does not listen');
}

/** All that must stay while nginx comes and goes; and nginx. */
async function neighbours(host: KernelHost) {
  const { network } = await inspected<Pod>(host, 'pause');
  const [nginx, busybox] = [await pidOf(host, 'pause/nginx'), await pidOf(host, 'pause/busybox')];
  return { nginx, busybox, network };
}

function distinct(all: ReadonlyMap<string, Inodes>, kind: string): Set<number | undefined> {
  return new Set([...all.values()].map((inodes) => inodes[kind]));
}

async function asNsSays({ must }: KernelHost): Promise<Record<string, Inodes>> {
  const { processes } = JSON.parse(await must(['ns', '-o', 'json'])) as {
    processes: { name: string; ns: Record<string, { inode: number }> }[];
  };
  return Object.fromEntries(
    processes.map(({ name, ns }) => [
      name,
      Object.fromEntries(KINDS.map((kind) => [kind, ns[kind]?.inode ?? 0])),
    ]),
  );
}

async function asLsnsSays({ sh }: KernelHost, pid: number): Promise<Inodes> {
  const { namespaces } = JSON.parse(await sh(`lsns -J -p ${pid} -o NS,TYPE`)) as {
    namespaces: { ns: number; type: string }[];
  };
  return Object.fromEntries(namespaces.map(({ ns, type }) => [type, ns]));
}
