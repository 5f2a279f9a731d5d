import t, { type Test } from 'tap';
import type { Event } from '../../src/transcript/event.ts';
import { purposesOf } from '../../src/transcript/explain.ts';
import { shellLines } from '../../src/transcript/shell.ts';
import { requires } from '../requires.ts';
import { inodesOf, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** `nslab transcript`: that each event is explained, and that its evidence is what the kernel says to others, too. */
if (requires(t, 'root')) {
  t.test('a whole pod', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['up', '-d', '-f', '-'], { input: POD });
      const events = await eventsOf(host);
      const text = await host.must(['transcript', 'two']);

      const times = events.map((event) => event.t);
      t.strictSame(
        times,
        times.toSorted((a, b) => a - b),
        'in the order of time',
      );
      t.ok(new Set(events.map(({ who }) => who)).size >= 5, 'of Node, of shims and of their children');
      t.strictSame(
        events.filter((event) => event.step === undefined),
        [],
        'each serves a step',
      );
      t.strictSame(
        events.filter((event) => !purposesOf(event).every((purpose) => /^[^A-Z_]{2}|[a-z]/.test(purpose))),
        [],
        'each has a purpose, in words',
      );
      const silent = events.filter((event) => shellLines(event).length === 0).map(({ call }) => call);
      t.strictSame(
        [...new Set(silent)].filter((call) => !WITHOUT_SHELL.has(call)),
        [],
        'and has a shell line',
      );
      for (const heading of [
        'CLAIM',
        'NETWORK',
        'HOLDER',
        'WIRE',
        'ADDRESS',
        'NAT',
        'WORKLOAD one',
        'WORKLOAD other',
      ])
        t.match(text, new RegExp(`^${heading}  `, 'm'), heading);

      const holder = inodesOf(host.host, await pidOf(host, 'two/pause'));
      const unshared = events.find(({ call, channel }) => call === 'unshare' && channel === 'syscall');
      for (const kind of ['net', 'ipc', 'uts'])
        t.match(unshared?.evidence?.join(), `-> ${kind}:[${holder[kind]}]`, `${kind}: before and after`);
      const one = inodesOf(host.host, await pidOf(host, 'two/one'));
      const born = events.find(({ call, subject }) => call === 'clone' && subject === 'one');
      t.match(born?.evidence?.join(), `-> pid:[${one.pid}]`, 'where a workload was born');
      await addresses(t, host, events);
      t.notOk(JSON.stringify(events).includes(`-> net:[0]`), 'and not another one (control)');

      const signals = async () =>
        (await eventsOf(host))
          .filter(({ call }) => call === 'pidfd_send_signal')
          .map(({ args, step }) => [step, args]);
      t.strictSame(await signals(), [], 'no signal yet (control)');
      await host.must(['kill', '-s', 'URG', 'two/one']);
      await host.must(['stop', 'two/one']);
      t.match(await signals(), [
        ['stop', /SIGURG/],
        ['stop', /SIGTERM/],
      ]);

      t.match(await host.nslab(['transcript', 'no-such']), { status: 1, stderr: /no such pod or workload/ });
      await host.must(['down', 'two']);
    }),
  );

  t.test('-v tells the same while it happens, a dry run what would be', (t) =>
    onFreshHost(t, async (host) => {
      const { stderr } = await host.nslab(['-v', 'hold', 'web', '--network', 'none']);
      const later = await host.must(['transcript', 'web']);
      const told = (text: string) =>
        text
          .split('\n')
          .flatMap(
            (line) => /^(?: *\+\d+\.\d+ )?((?:unshare|setns|mount|execve)\(.*) <.*/.exec(line)?.[1] ?? [],
          );
      t.ok(told(later).length > 5);
      t.strictSame(told(stderr).toSorted(), told(later).toSorted());
      await host.must(['down', 'web']);
      const plan = await host.must(['hold', 'web', '--network', 'none', '--dry-run']);
      t.match(
        plan,
        /^HOLDER {2}.*\nunshare\(CLONE_NEWNET\|CLONE_NEWIPC\|CLONE_NEWUTS\)\n {4}\$ unshare --net --ipc --uts\n {4}#/m,
      );
      t.notMatch(plan, /<\d+ µs>|\[\d+\] ->/, 'without time, result and evidence');
    }),
  );
}

/** What is no shell's to say. */
const WITHOUT_SHELL = new Set([
  'flock',
  'pipe2',
  'close_range',
  'open_tree',
  'mount_setattr',
  'move_mount',
  'execveat',
  'capset',
  'prctl',
  'clone',
  'pidfd_open',
  'socket',
]);

const POD = `apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  containers:
  - {name: one, image: busybox, command: [sleep, '1000'], ports: [{containerPort: 80, hostPort: 8080}]}
  - {name: other, image: busybox, command: [sleep, '1000']}
`;

async function eventsOf({ must }: KernelHost): Promise<Event[]> {
  const lines = (await must(['transcript', 'two', '-o', 'json'])).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Event);
}

/** The addresses and routes that were read from /proc, against `ip` in the pod. */
async function addresses(t: Test, { sh }: KernelHost, events: readonly Event[]): Promise<void> {
  const inside = events.find(({ step, input }) => step === 'address' && input !== undefined);
  const evidence = inside?.evidence ?? [];
  const links = JSON.parse(await sh('ip -n two -j -4 address')) as { addr_info: { local: string }[] }[];
  const found = links.flatMap(({ addr_info }) => addr_info.map(({ local }) => local)).toSorted();
  const [, list = ''] = /addresses (.*)/.exec(evidence[0] ?? '') ?? [];
  t.strictSame(list.split(', ').toSorted(), found, 'addresses as `ip` says');
  const routes = JSON.parse(await sh('ip -n two -j -4 route')) as {
    dst: string;
    gateway?: string;
    dev: string;
  }[];
  const lines = routes.map(
    ({ dst, gateway, dev }) => `route ${dst}${gateway ? ` via ${gateway}` : ''} dev ${dev}`,
  );
  t.strictSame(
    evidence
      .slice(1)
      .map((line) => line.replace(/^.*?: /, ''))
      .toSorted(),
    lines.toSorted(),
    'routes as `ip` says',
  );
  const [veth] = JSON.parse(await sh('ip -j link show master nslab0')) as {
    ifname: string;
    ifindex: number;
    link_index: number;
    master: string;
  }[];
  const wired = events.findLast(({ step, input }) => step === 'wire' && input !== undefined)?.evidence?.[0];
  t.match(wired, `${veth?.ifname}: ifindex ${veth?.ifindex}, peer's ifindex ${veth?.link_index}`);
  t.match(wired, `master ${veth?.master}`);
}
