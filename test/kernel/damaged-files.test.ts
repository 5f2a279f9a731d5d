import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Result } from '../campaign/pretend-host.ts';
import { requires } from '../requires.ts';
import { FILES, type FileName, spoil, stateOf, WAY_NAMES, type WayName } from './damage.ts';
import { downIsBounded, listed } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

interface Case {
  readonly file: FileName;
  readonly way: WayName;
  /** A pod for each, so that a failure has its name. */
  readonly pod: string;
}

/** What is said of nothing but its presence: what stands in it does not matter. */
const UNREAD: readonly FileName[] = ['lock', 'alive', 'transcript', 'workloads'];
const ELSEWHAT: readonly WayName[] = ['gone', 'directory', 'fifo', 'link'];

const CASES: readonly Case[] = (Object.keys(FILES) as FileName[]).flatMap((file) =>
  (UNREAD.includes(file) ? ELSEWHAT : WAY_NAMES).map((way) => ({ file, way, pod: `${file}-${way}` })),
);

/** Those of which in an ordinary run only a part is tried twice. */
const SOME: readonly WayName[] = ['gone', 'half', 'foreign', 'fifo'];
const FEWER = process.env.NSLAB_CAMPAIGN ? CASES : CASES.filter(({ way }) => SOME.includes(way));

/** What `ps` says, by the file; more narrowly where the way matters. The kernel has the last word, so a lease changes nothing. */
const SAYS: Readonly<Record<FileName, { readonly row: 'pause' | 'w'; readonly state: RegExp }>> = {
  intent: { row: 'pause', state: /^Unknown \(the record of pod ".*" cannot be used: .*intent\.json\)\)$/ },
  status: {
    row: 'pause',
    state: /^(Unknown \(.*status\.json\)\)|ContainerCreating \(or its creator was killed\))$/,
  },
  spec: { row: 'w', state: /^(Unknown \(.*spec\.json\)\)|ContainerCreating \(or its record is lost\))$/ },
  record: { row: 'w', state: /^(Unknown \(.*w\/status\)\)|ContainerCreating \(or its record is lost\))$/ },
  lease: { row: 'pause', state: /^Running$/ },
  lock: { row: 'pause', state: /^Running$/ },
  alive: { row: 'pause', state: /^Running$/ },
  transcript: { row: 'pause', state: /^Running$/ },
  workloads: { row: 'pause', state: /^Running$/ },
};

/** Without its lock nobody can change a pod, so gc takes it down; what else is lost of it, it can live without. */
const isKept = ({ file, way }: Case): boolean =>
  !(['intent', 'status'].includes(file) || (file === 'lock' && way !== 'gone'));

/** Besides the pods that are damaged, one that is not: whatever is said and done of them, it stays. */
const SOUND = 'sound';

const manifest = (pods: readonly string[]) =>
  pods
    .map(
      (name) => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: { containers: [{ name: w, image: busybox, command: [sleep, '1000'] }] }
`,
    )
    .join('---\n');

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test(`${CASES.length} files lost or spoilt: ps says so, down finishes the job, three times over`, (t) =>
    onFreshHost(t, async (host) => {
      await damaged(t, host, CASES);
      await inPairs(CASES, async ({ pod }) =>
        finished(t, await host.nslab(['down', '--ignore-not-found', pod]), pod, /^/),
      );
      const pods = CASES.map(({ pod }) => pod);
      for (const again of ['twice', 'three times'])
        await finished(t, await host.nslab(['down', '--ignore-not-found', ...pods]), again, /^$/);
      t.equal((await listed(host)).get(`${SOUND}/pause`)?.state, 'Running', 'the sound one stays (control)');
      await host.must(['down', SOUND]);
    }),
  );

  t.test('the same: rm of what is damaged in a workload, gc of the rest, three times over', (t) =>
    onFreshHost(t, async (host) => {
      await damaged(t, host, FEWER);
      const workloads = FEWER.filter(({ file }) => SAYS[file].row === 'w');
      await inPairs(workloads, async ({ pod }) =>
        finished(t, await host.nslab(['rm', '-f', `${pod}/w`]), pod),
      );
      for (const again of ['once', 'twice', 'three times']) {
        const gc = await host.nslab(['gc']);
        t.match(gc, { status: 0, stderr: '' }, `gc, ${again}`);
        if (again === 'once')
          t.match(gc.stdout, 'removed workload workloads-gone/w: its record was removed\n');
        else t.equal(gc.stdout, '', 'and has nothing to do');
      }
      const after = await listed(host);
      for (const one of FEWER) {
        const { pod, file } = one;
        t.equal(after.get(`${pod}/pause`)?.state, isKept(one) ? 'Running' : undefined, `${pod}: after gc`);
        if (file === 'workloads') t.equal(after.get(`${pod}/w`), undefined, `${pod}: nor its workload`);
      }
      const addresses = [...after.values()].filter(({ role }) => role === 'holder').map((pod) => pod.address);
      await host.must(['hold', 'next']);
      t.notOk(
        addresses.includes((await listed(host)).get('next/pause')?.address ?? null),
        'the next pod has an address of its own, though leases were lost',
      );
      await host.must(['down', '--all']);
    }),
  );
}

/** Makes the pods in one go, spoils a file of each by hand, and holds what is said of them against the table. */
async function damaged(t: Test, host: KernelHost, cases: readonly Case[]): Promise<void> {
  const input = manifest([SOUND, ...cases.map(({ pod }) => pod)]);
  await host.must(['up', '-d', '-f', '-'], { input });
  const before = await listed(host);
  const states = [...before.values()].filter(({ state }) => state !== 'Running');
  t.same(states, [], 'before it all of them run (control)');
  const root = stateOf(host.host);
  for (const { file, way, pod } of cases) spoil(join(root, FILES[file](root, pod)), way);
  const asked = await host.nslab(['ps', '-a']);
  t.match(asked, { status: 0, stderr: '' }, 'ps -a');
  t.equal(
    asked.stdout.trimEnd().split('\n').length,
    before.size + 1 - cases.filter(hidesWorkload).length,
    'a line each',
  );
  const after = await listed(host);
  for (const { file, pod } of cases)
    t.match(after.get(`${pod}/${SAYS[file].row}`)?.state, SAYS[file].state, `${pod}: ps says`);
  t.equal(after.get(`${SOUND}/w`)?.state, 'Running', 'of the sound one as before (control)');
  await inPairs(
    cases.filter(({ way }) => way === 'half' || way === 'fifo'),
    async ({ pod }) => {
      // A fifo would keep whoever opens it for ever.
      const { status, stderr } = await host.nslab(['inspect', pod]);
      t.ok(
        status === 0 || /^nslab: [^\n]+\nhint: [^\n]+\n$/.test(stderr),
        `inspect ${pod}: ${status} ${stderr}`,
      );
    },
  );
}

/** Of a pod whose own record cannot be used only that is listed; a status that is gone is none. A directory has a name in it. */
function hidesWorkload({ file, way }: Case): boolean {
  if (file === 'workloads') return way !== 'directory';
  return file === 'intent' || (file === 'status' && way !== 'gone');
}

async function finished(
  t: Test,
  { status, stdout, stderr, ms }: Result,
  what: string,
  said = /./ as RegExp | string,
): Promise<void> {
  // The next changing verb may say what it found, and a lost transcript is said: these are no complaints.
  const complaints = stderr
    .split('\n')
    .filter((line) => line !== '' && !/^nslab: (removed |the transcript )/.test(line));
  t.match({ status, complaints, stdout }, { status: 0, complaints: [], stdout: said }, what);
  await downIsBounded(t, what, ms, stdout.split('\n').length);
}

async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
  };
  await Promise.all([worker(), worker()]);
}
