import { join } from 'node:path';
import t from 'tap';
import { requires } from '../requires.ts';
import { spoil, stateOf, WAY_NAMES, type WayName } from './damage.ts';
import { downIsBounded, inspected, listed } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

interface Facts {
  readonly holder?: { readonly pid: number };
  readonly network: { readonly hostInterface: string; readonly bridge: string; readonly table: string };
}

/** What root removes by hand, and what `ps` says then of the pod `web` and of its workload. */
const OBJECTS: readonly {
  readonly what: string;
  readonly remove: (facts: Facts) => string;
  readonly pod?: RegExp;
  readonly workload?: RegExp;
}[] = [
  { what: 'its veth pair', remove: ({ network }) => `ip link del ${network.hostInterface}` },
  { what: 'the bridge', remove: ({ network }) => `ip link del ${network.bridge}` },
  { what: 'the nft table', remove: ({ network }) => `nft delete table ip ${network.table}` },
  { what: 'its name for ip netns', remove: () => 'rm /run/netns/web' },
  { what: '/run/netns', remove: () => 'rm -r /run/netns' },
  {
    what: 'its holder',
    remove: ({ holder }) => kill(`${holder?.pid}`),
    pod: /^Holder dead \(its workloads keep the namespaces\)$/,
  },
  { what: 'its shim', remove: () => kill('$(pgrep -x shim)'), workload: /^Lost \(its shim was killed\)$/ },
  {
    what: 'its holder and its shim',
    remove: ({ holder }) => `${kill('$(pgrep -x shim)')}; ${kill(`${holder?.pid}`)}`,
    pod: /^Dead \(its holder is gone\)$/,
    workload: /^Lost \(its shim was killed\)$/,
  },
  { what: 'the `alive` lock', remove: () => 'rm /run/nslab/pods/web/alive' },
  { what: "the pod's `lock`", remove: () => 'rm /run/nslab/pods/web/lock' },
  { what: "the workload's log", remove: () => 'rm /run/nslab/pods/web/workloads/w/log' },
  { what: 'all leases', remove: () => 'rm -r /run/nslab/leases' },
];

/** The ways in which a network's record is tried in an ordinary run; the full one takes all. */
const WAYS: readonly WayName[] = process.env.NSLAB_CAMPAIGN ? WAY_NAMES : ['gone', 'half', 'foreign'];

const FINISHERS = ['down', 'gc'] as const;

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test(`${OBJECTS.length} objects removed by hand: ps says so, and down and gc finish the job`, (t) =>
    onFreshHost(t, async (host) => {
      for (const [index, { what, remove, pod = /^Running$/, workload }] of OBJECTS.entries()) {
        // Each by one of the two in an ordinary run, by both in the full one.
        const finishers = process.env.NSLAB_CAMPAIGN ? FINISHERS : [FINISHERS[index % 2] ?? 'down'];
        for (const finisher of finishers) {
          const before = await host.host.snapshot();
          await make(host);
          await host.sh(remove(await inspected<Facts>(host, 'web')));
          const after = await listed(host);
          t.match(after.get('web/pause')?.state, pod, `${what}: ps says`);
          if (workload) t.match(after.get('web/w')?.state, workload, `${what}: and of its workload`);
          const first = finisher === 'gc' ? await gcThenDown(host) : await host.nslab(['down', 'web']);
          t.match(
            first,
            { status: 0, stdout: finisher === 'gc' ? /^(web\n)?$/ : 'web\n' },
            `${what}: ${finisher}`,
          );
          await downIsBounded(t, `${what}: ${finisher}`, first.ms);
          const again = await host.nslab(['down', '--ignore-not-found', 'web', 'web']);
          t.match(again, { status: 0, stdout: '', stderr: '' }, `${what}: and twice more`);
          if (await differs(host, before)) t.fail(`${what}: ${finisher} leaves something`);
        }
      }
    }),
  );

  t.test(`a network's record lost or spoilt in ${WAYS.length} ways`, (t) =>
    onFreshHost(t, async (host) => {
      for (const [index, way] of WAYS.entries()) {
        const before = await host.host.snapshot();
        const own = index % 2 === 0 ? [] : ['--network', 'lab'];
        const network = own.length > 0 ? 'lab' : 'default';
        if (own.length > 0) await host.must(['network', 'create', 'lab']);
        for (const pod of ['web', 'two'])
          await host.must(['hold', pod, '-p', `${pod === 'web' ? 80 : 81}:80`, ...own]);
        spoil(join(stateOf(host.host), 'networks', `${network}.json`), way);
        const said = await host.nslab(['network', 'ls']);
        t.match(said, { status: 0, stderr: '' }, `${way}: network ls`);
        t.match(
          said.stdout,
          way === 'gone' ? /^NAME/ : new RegExp(`${network} +unknown \\(`),
          `${way}: says so`,
        );
        t.equal((await listed(host)).get('web/pause')?.state, 'Running', `${way}: its pods run`);
        t.match(
          await host.nslab(['down', 'web']),
          { status: 0, stdout: 'web\n', stderr: '' },
          `${way}: down`,
        );
        t.match(
          await host.nslab(['down', 'two']),
          { status: 0, stdout: 'two\n', stderr: '' },
          `${way}: the last`,
        );
        t.match(
          await host.nslab(['down', '--ignore-not-found', 'web', 'two']),
          { status: 0, stderr: '' },
          `${way}: twice`,
        );
        if (own.length > 0 && (await host.must(['network', 'ls', '-q'])).includes('lab'))
          await host.must(['network', 'rm', 'lab']);
        t.match(await host.nslab(['gc']), { status: 0, stdout: '' }, `${way}: gc finds nothing`);
        if (await differs(host, before)) t.fail(`${way}: something is left of ${network}`);
      }
    }),
  );
}

async function make({ must }: KernelHost): Promise<void> {
  await must(['hold', 'web', '-p', '8080:80']);
  await must(['run', '-d', '--name', 'w', '--pod', 'web', '--stop-timeout', '0', '--', 'sleep', '1000']);
}

/** gc keeps a pod that has lost something it can live without; what it keeps, down ends. */
async function gcThenDown({ nslab }: KernelHost): ReturnType<KernelHost['nslab']> {
  const gc = await nslab(['gc']);
  // Of a network and a name it says that they are there again.
  const others = gc.stderr.replace(/^nslab: .* again: another program had removed .*\n/gm, '');
  if (gc.status !== 0 || others !== '') return gc;
  const down = await nslab(['down', '--ignore-not-found', 'web']);
  return { ...down, ms: Math.max(down.ms, gc.ms) };
}

/** Kept apart from the host's own last look: it names the case. */
async function differs({ host }: KernelHost, before: readonly string[]): Promise<boolean> {
  const { leftBehind } = await import('../campaign/left-behind.ts');
  return (await leftBehind(host, before)).length > 0;
}

function kill(pids: string): string {
  return `for pid in ${pids}; do kill -9 $pid; while [ -e /proc/$pid ]; do sleep 0.01; done; done`;
}
