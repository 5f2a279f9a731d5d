import { fileURLToPath } from 'node:url';
import t from 'tap';
import { PretendHost } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';
import { peersByKernel, type Wiring, wrongPeers } from '../kernel/peers.ts';
import { requires } from '../requires.ts';
import { Engine } from './engine.ts';

const PAUSE = fileURLToPath(new URL('../../native/bin/pause', import.meta.url));

if (requires(t, 'root', 'ip', 'nft', 'busybox', 'dockerd')) {
  t.test('map --all with a Docker engine: containers by name, every veth peer correct', async (t) => {
    await using host = await PretendHost.create({ uplink: true, tmp: true });
    await using engine = await Engine.start(host);
    await engine.makeImages(PAUSE);
    const busybox = ['busybox', 'sleep', '1000'];
    await engine.must('run', '-d', '--name', 'theirs', '-p', '9090:80', ...busybox);
    await engine.must('run', '-d', '--name', 'second', '--network=container:theirs', ...busybox);
    const sh = async (script: string) => succeeded(await host.run(['bash', '-c', script]));
    const nslab = async (...words: string[]) => succeeded(await host.run([...program.argv, ...words]));
    for (const pod of ['web', 'db']) await nslab('hold', pod);
    await sh('ip netns add plain; ip link add to-plain type veth peer name eth0 netns plain');

    const wiring = JSON.parse(await nslab('map', '--all', '-o', 'json')) as Wiring;
    const pid = Number(await engine.must('inspect', '-f', '{{.State.Pid}}', 'theirs'));
    const truth = await peersByKernel({ sh }, [1, host.outside ?? 0, pid]);
    t.same(wrongPeers(wiring, truth), [], 'as `ip -d -j link` says in each namespace');
    t.not(
      wrongPeers({ ...wiring, places: wiring.places.slice(1) }, truth).length,
      0,
      'a missing namespace is noticed (control)',
    );
    const labels = wiring.places.map(({ label }) => label);
    for (const label of ['docker theirs, docker second', 'pod web', 'pod db', 'netns plain'])
      t.ok(labels.includes(label), label);
    t.match(
      await nslab('map'),
      /^│ {2}└─ veth\w+ .*── eth0 of docker theirs, docker second$/m,
      'a port of docker0',
    );

    const { items } = JSON.parse(await nslab('ns', '--all', '-o', 'json')) as Namespaces;
    const named = items.filter(({ whose }) =>
      whose.some(({ by, name }) => by === 'docker' && name === 'second'),
    );
    t.ok(named.length >= 3, `ns --all knows ${named.map(({ kind }) => kind)} of it by name`);
    // Without access to the engine's files, a container is named by its identifier.
    const id = await engine.must('inspect', '-f', '{{.Id}}', 'second');
    await sh('mount -t tmpfs -o ro none /run/engine/data/containers');
    t.match(await nslab('map', '--all'), `docker ${id.slice(0, 12)}`, 'by identifier otherwise (control)');
    await sh('umount /run/engine/data/containers; ip netns del plain');
    await nslab('down', '--all');
  });
}

interface Namespaces {
  readonly items: readonly {
    readonly kind: string;
    readonly whose: readonly { readonly by: string; readonly name: string }[];
  }[];
}

function succeeded({ status, stdout, stderr }: { status: number; stdout: string; stderr: string }): string {
  if (status !== 0) throw new Error(stderr || stdout);
  return stdout;
}
