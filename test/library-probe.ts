/** A program that uses the library: node library-probe.mjs WHAT, in a pretend host. Run by library.test.ts. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { type Event, Network, Pod, Transcript } from '../src/index.ts';
import { readMaybe } from '../src/sys/procfs.ts';

const { env } = process;
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const fds = () => readdirSync('/proc/self/fd').length;

const PROGRAMS: Record<string, () => Promise<void>> = {
  async whole() {
    await using network = await Network.create({ name: 'lab', subnet: '10.77.0.0/24' });
    await using pod = await Pod.create({
      name: 'web',
      network: network.name,
      ip: '10.77.0.9',
      hostname: 'www',
    });
    const sleeper = await pod.run({ name: 'sleeper', command: ['sleep', '1000'], env: { COLOUR: 'red' } });
    const seven = await pod.run({ name: 'seven', command: ['sh', '-c', 'exit 7'] });
    print({
      address: pod.address,
      pid: pod.pid,
      network: network.record,
      sleeper: { name: sleeper.name, pid: sleeper.pid },
      seven: [seven.name, await seven.wait()],
      inPod: await pod.exec([
        'sh',
        '-c',
        'cat /proc/sys/kernel/hostname; ip -o link | cut -d: -f2 | cut -d@ -f1; echo err >&2; exit 3',
      ]),
      inWorkload: await pod.exec(
        ['sh', '-c', 'cat /proc/1/comm; echo $COLOUR; ls /proc | grep -c "^[0-9]"'],
        { workload: 'sleeper' },
      ),
      missing: await pod.exec(['no-such-program']).catch((error) => [error.name, error.message]),
      twice: await pod.run({ name: 'sleeper', command: ['true'] }).catch((error) => error.message),
      matrix: pod.matrix(),
      inspect: pod.inspect(),
    });
    await pod.destroy();
    await pod.destroy(); // twice is fine, and so is the end of the scope
  },

  async several() {
    await using one = await Network.create({ name: 'one', subnet: '10.77.0.0/24' });
    await using two = await Network.create({ name: 'two', subnet: '10.78.0.0/24' });
    const network = [one.name, { name: two.name, ip: '10.78.0.9', interface: 'net1' }];
    await using pod = await Pod.create({ name: 'web', network, ip: '10.77.0.9' });
    await using adopting = await Pod.create({ name: 'guest', netns: `/proc/${pod.pid}/ns/net` });
    const links = ['sh', '-c', 'ip -4 -br address | tr -s " " | sed "s/@[^ ]*//"'];
    print({
      address: pod.address,
      addresses: pod.addresses,
      inPod: (await pod.exec(links)).stdout,
      inGuest: (await adopting.exec(links)).stdout,
      guest: [adopting.address, adopting.addresses],
      refused: await Pod.create({ name: 'x', network: ['one', 'one'] }).catch((error) => error.message),
    });
  },

  async thrown() {
    try {
      await using pod = await Pod.create({ name: 'web' });
      await pod.run({ name: 'w', command: ['sleep', '1000'], grace: 0 });
      throw new RangeError('in the scope');
    } catch (error) {
      print((error as Error).message);
    }
  },

  /** Who gives a transcript hears of each call as it is made, and of those of its own pods alone. */
  async heard() {
    const events: Event[] = [];
    const transcript = new Transcript((event) => void events.push(event));
    await using other = await Pod.create({ name: 'other', network: 'none' });
    const before = events.length;
    await using pod = await Pod.create({ name: 'web', network: 'none', transcript });
    const [made] = events.filter(({ call }) => call === 'unshare');
    print({ before, made, inodes: [pod, other].map((each) => each.inspect().namespaces.net) });
  },

  /** More than select(2) knows descriptors, one of them with a port that nft has to withdraw. */
  async crowd() {
    const specs = Array.from({ length: 1100 }, (_, index) => ({ name: `p${index}`, network: 'none' }));
    const told: string[] = [];
    const each = (pod: Pod) => void told.push(pod.name);
    await using published = await Pod.create({
      name: 'published',
      ports: [{ hostPort: 8080, podPort: 80, protocol: 'tcp' }],
    });
    const pods = await Pod.createMany(specs, { each });
    await Pod.destroyMany([...pods, published]);
    print({ made: pods.length, told: told.length, first: told[0] });
  },

  /** Many at once, and one after the other: one process may be the owner of all. */
  async many() {
    const pods = await Promise.all([1, 2, 3, 4, 5].map((n) => Pod.create({ name: `p${n}` })));
    const addresses = pods.map(({ address }) => address);
    const exits = await Promise.all(pods.map((pod) => pod.exec(['true'])));
    await Promise.all(pods.map((pod) => pod.destroy()));
    const before = fds();
    for (let n = 0; n < 5; n++) {
      await using pod = await Pod.create({ name: 'again', network: 'none' });
      await pod.exec(['true']);
    }
    print({ addresses, exits: exits.map(({ status }) => status), leaked: fds() - before });
  },

  /** All or none, and one that was given away and ends by another's hand. */
  async bulk() {
    const wish = (name: string) => ({ name, network: 'none' });
    const failed = await Pod.createMany(['x', 'y', 'x'].map(wish)).catch((error) => error.message);
    const left = existsSync('/run/nslab');
    const pods = await Pod.createMany(['x', 'y', 'z'].map(wish));
    const [given, ...kept] = pods as [Pod, ...Pod[]];
    await given.detach();
    await Pod.destroyMany(kept);
    const state = () => /\) (\w) /.exec(readMaybe(`/proc/${given.pid}/stat`) ?? '')?.[1] ?? 'gone';
    const before = state();
    execFileSync('kill', [String(given.pid)]);
    for (let n = 0; n < 1000 && state() !== 'gone'; n++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    print({ failed, left, made: pods.length, before, after: state() });
    await given.destroy();
  },

  async refused() {
    const messages: unknown[] = [];
    const attempt = async (action: () => Promise<unknown>) =>
      messages.push(
        await action().then(
          () => 'done',
          (error: Error & { hint?: string }) => `${error.name}: ${error.message}`,
        ),
      );
    await attempt(() => Pod.create({ name: '../x' }));
    await attempt(() => Pod.create({ name: 'web', ip: '10.1' }));
    await attempt(() => Pod.create({ name: 'web', network: 'nowhere' }));
    await attempt(() => Network.create({ name: 'n', subnet: '10.0.0.1/8' }));
    await using pod = await Pod.create({ name: 'web', network: 'none' });
    await attempt(() => Pod.create({ name: 'web', network: 'none' }));
    await attempt(() => pod.run({ name: 'W!', command: ['true'] }));
    await attempt(() => pod.run({ name: 'w', command: [] }));
    await attempt(() => pod.run({ name: 'w', command: ['a\0b'] }));
    await attempt(() => pod.exec(['a\0b']));
    await attempt(() => pod.exec([]));
    await attempt(() =>
      pod.run({
        name: 'w',
        command: ['true'],
        volumes: [{ source: '/no/such', target: '/x', readOnly: true }],
      }),
    );
    await attempt(() => pod.exec(['true'], { workload: 'nobody' }));
    await attempt(async () => pod.workload('nobody').wait());
    print(messages);
  },

  /** Waits to be killed, or to be told to give its pod away. */
  async owner() {
    const pod = await Pod.create({ name: 'mine' });
    await pod.run({ name: 'w', command: ['sleep', '1000'] });
    print(pod.inspect());
    if (env.DETACH) await pod.detach();
    else await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  },
};

await PROGRAMS[process.argv[2] ?? '']?.();
