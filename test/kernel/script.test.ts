import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';
import { makeImageRoot } from './image-root.ts';
import { factsOf } from './script/facts.ts';
import { DOCKERS_FIREWALL, reach, startRemoteServer } from './script/reach.ts';
import { pidsFromNslab, pidsFromScript, scripted, serves } from './script/scripted.ts';

/** `-o script`: the script, run without nslab and Node, creates the same pod. The kernel's facts are compared. */
const ARTICLE = new URL('../../scripts/labs/two-containers.yaml', import.meta.url).pathname;
const POD = 'pod-two-container';

/** All printed scripts, for shellcheck. */
const scripts = new Set<string>();

if (requires(t, 'root', 'ip', 'nft', 'busybox', 'nginx', 'curl')) {
  t.test(
    'the article’s pod: dry run and transcript give the same script, and both shells the same pod',
    (t) =>
      onFreshHost(t, async (host) => {
        const dry = await host.must(['up', '--dry-run', '-o', 'script', '-f', ARTICLE]);
        const { live, ours } = await article(t, host, async (early) => {
          t.match(
            await early.run('up'),
            { status: 1, stderr: /does nslab's own pod still run\?/ },
            'up while nslab’s pod runs: refused',
          );
          t.match(
            await early.run('down'),
            { status: 0, stderr: /is not up/ },
            'down does not change nslab’s pod',
          );
          t.ok(await pidOf(host, `${POD}/nginx`), 'nslab’s pod still runs');
        });
        t.equal(withoutUids(dry), withoutUids(live), 'dry run and transcript');
        t.not(dry, withoutUids(dry), 'there are marks in it (control)');
        for (const shell of ['dash', 'busybox'] as const) {
          const script = scripted(t, host, live, shell);
          await script.must('up');
          t.strictSame(await theirsOf(host), ours, `${shell}: the same pod`);
          const { holder, busybox } = await pidsFromScript(host, POD);
          t.equal(
            await host.sh(`[ /proc/${holder}/cwd -ef / ] && echo root || readlink /proc/${holder}/cwd`),
            'root\n',
            'the holder does not keep the directory of the script in use',
          );
          const page = await host.sh(`nsenter -t ${busybox} -a busybox wget -qO- http://localhost`);
          t.equal(
            page,
            await host.sh('cat /usr/share/nginx/html/index.html'),
            'busybox gets nginx’s page from localhost',
          );
          const hello = () => readLog(host, 'busybox').then((log) => log.startsWith('hello\n'));
          t.ok(await eventually(hello), 'hello, in the log');
          t.match(await script.run('up'), { status: 1, stderr: /it is up already/ }, 'up again: refused');
          t.strictSame(
            await pidsFromScript(host, POD),
            await pidsFromScript(host, POD),
            'and nothing has changed',
          );
          t.match(await script.run('down'), { status: 0, stderr: '' }, 'down');
          t.match(await script.run('down'), { status: 0, stderr: /is not up/ }, 'down again: fine');
        }
        for (const [what, line] of CONTROLS) {
          const script = scripted(t, host, live.replace(line, ''));
          const { status } = await script.run('up');
          t.notSame(status === 0 && (await theirsOf(host)), ours, `without ${what} (control)`);
          await script.must('down');
        }
        const broken = scripted(
          t,
          host,
          live.replace('/etc/nginx/nginx.conf ro', '/etc/hosts/nginx.conf ro'),
        );
        t.match(await broken.run('up'), { status: 1, stderr: /nginx does not start: .*\n.*rolling back/ });
        t.match(await broken.run('down'), { status: 0, stderr: /is not up/ }, 'nothing is left');
      }),
  );

  t.test('published ports and masquerade, with a firewall that drops forwarded packets', (t) =>
    onFreshHost(t, async (host) => {
      await host.sh(`nft '${DOCKERS_FIREWALL}'`);
      const far = await startRemoteServer(host);
      await host.must(['up', '-d', '-f', '-'], { input: PUBLISHED });
      const pids = await pidsFromNslab(host, 'web');
      await serves(host, pids);
      const [ours, reached] = [await factsOf(host, pids), await reach(host, pids)];
      t.strictSame(reached, { outside: true, host: true, loopback: true, seenAs: '203.0.113.2' }, 'nslab’s');
      const script = scripted(t, host, await scriptOf(host, 'web'));
      await host.must(['down', 'web']);
      await script.must('up');
      const again = await pidsFromScript(host, 'web');
      await serves(host, again);
      t.strictSame(await factsOf(host, again), ours, 'the same pod');
      t.strictSame(await reach(host, again), reached, 'same reachability and source address');
      await script.must('down');
      t.notOk((await reach(host, { holder: 1 })).host, 'not reachable after down (control)');
      await far.end();
      await host.sh('nft delete table ip filter');
    }),
  );

  t.test('a holder without workloads: ptp, no network, host network, pid namespace', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['network', 'create', 'routed', '--type', 'ptp']);
      for (const options of [
        ['--network', 'routed', '-p', '8080:80', '-p', '5353:53/udp'],
        ['--network', 'none', '--share', 'net'],
        ['--network', 'host'],
        ['--network', 'none', '--share', 'net,ipc,uts,pid', '--hostname', 'other'],
      ]) {
        await host.must(['hold', 'held', ...options]);
        const ours = await factsOf(host, await pidsFromNslab(host, 'held'));
        const script = scripted(t, host, await scriptOf(host, 'held'));
        await host.must(['down', 'held']);
        if (options.includes('routed')) await host.must(['network', 'rm', 'routed']);
        await script.must('up');
        t.strictSame(await factsOf(host, await pidsFromScript(host, 'held')), ours, options.join(' '));
        await script.must('down');
      }
    }),
  );

  t.test('a manifest with volumes, users, limits, init containers, sidecars and hooks', (t) =>
    onFreshHost(
      t,
      async (host) => {
        await host.must(['up', '-d', '-f', '-'], { input: RICH });
        const pids = await pidsFromNslab(host, 'rich');
        const told = () => host.must(['logs', 'rich/told']);
        t.ok(
          await eventually(async () => (await told()).endsWith('done\n')),
          'the workload has printed everything',
        );
        const [ours, said] = [await factsOf(host, pids), await told()];
        const text = await scriptOf(host, 'rich');
        t.match(
          text,
          /^# {3}- told: its post-start hook\n# {3}- told: its liveness probe/m,
          'the header lists what is left out',
        );
        await host.must(['down', 'rich']);
        const script = scripted(t, host, text);
        await script.must('up');
        await until(async () => (await readLog(host, 'told', 'rich')) === said);
        t.strictSame(await factsOf(host, await pidsFromScript(host, 'rich')), ours, 'the same pod');
        t.equal(await readLog(host, 'told', 'rich'), said, 'same output');
        await script.must('down');
      },
      { uplink: true, tmp: true, cgroups: true },
    ),
  );

  t.test('workloads on the root of an image, which has no tools', (t) =>
    onFreshHost(t, async (host) => {
      await makeImageRoot(host, '/tmp/an image', 'mkdir real; ln -s /real link');
      await host.must(['up', '-d', '-f', '-', '--image', 'mine=dir:/tmp/an image'], { input: ON_IMAGE });
      const pids = await pidsFromNslab(host, 'on-image');
      const told = () => host.must(['logs', 'on-image/plain']);
      await until(async () => (await told()).endsWith('done\n'));
      const [ours, said] = [await factsOf(host, pids), await told()];
      t.match(said, /^uid=7 gid=8 groups=9\n\/work\nv\n/, 'what it sees (control)');
      const script = scripted(t, host, await scriptOf(host, 'on-image'));
      await host.must(['down', 'on-image']);
      await script.must('up');
      await until(async () => (await readLog(host, 'plain', 'on-image')) === said);
      t.strictSame(await factsOf(host, await pidsFromScript(host, 'on-image')), ours, 'the same pod');
      await script.must('down');
      await host.sh('rm -r "/tmp/an image"');
    }),
  );

  t.test('down leaves nothing after up was killed at any moment', (t) =>
    onFreshHost(t, async (host) => {
      // nginx ignores a TERM that arrives while its master process starts, until the next signal. It is then killed after its
      // grace period: a short one here, instead of Kubernetes' 30 s.
      const input = readFileSync(ARTICLE, 'utf8').replace(
        /^( *)containers:/m,
        '$1terminationGracePeriodSeconds: 2\n$&',
      );
      const dry = await host.must(['up', '--dry-run', '-o', 'script', '-f', '-'], { input });
      t.match(dry, /^ +stop 2 busybox nginx$/m, 'the short grace period is set (control)');
      const { file, path, run, must } = scripted(t, host, dry);
      const { ms } = await run('up');
      await must('down');
      let early = 0;
      for (const moment of [1, 2, 3, 4, 5, 6].map((part) => (part * ms) / 7000)) {
        const line = `sh ${file} up & sleep ${moment}; kill -s KILL $! 2>/dev/null; sh ${file} down`;
        const { status, stderr } = await host.host.run(['env', `PATH=${path}`, 'sh', '-c', line]);
        if (/is not up/.test(stderr)) early++;
        t.equal(status, 0, `after ${moment} s: ${stderr}`);
        const left = await host.sh('ls -A /run; ip -br link; nft list ruleset; ps -eo args');
        t.notMatch(left, /nslab0|nsv|pod-two|table ip|pod\.sh/, 'nothing is left');
      }
      t.ok(early < 6, 'at least one up had created something (control)');
      // TERM is sent when the holder exists, not after a measured time: the speed of a run varies.
      const begun = `/run/pod-${POD}/pids/holder`;
      const asked = `sh ${file} up & until [ -e ${begun} ]; do sleep 0.01; done; kill -s TERM $!; wait $!; echo $?`;
      const { stdout, stderr } = await host.host.run(['env', `PATH=${path}`, 'sh', '-c', asked]);
      t.match([stdout, stderr], ['143\n', /rolling back/], 'up rolls back on TERM');
    }),
  );
}

if (requires(t, 'shellcheck')) {
  t.test('shellcheck has no complaint about any script', async (t) => {
    const directory = t.testdir(Object.fromEntries([...scripts].map((text, index) => [`${index}.sh`, text])));
    const files = [...scripts].map((_, index) => `${directory}/${index}.sh`);
    t.ok(files.length >= 7, 'there are some (control)');
    const { status, stdout } = spawnSync('shellcheck', ['-s', 'sh', ...files], { encoding: 'utf8' });
    t.equal(stdout, '');
    t.equal(status, 0);
  });
}

const CONTROLS: [what: string, line: RegExp][] = [
  ['masquerade', /^.*masquerade comment "to the outside, as this host"\n/m],
  ['the address', /^address add 10\.244\.0\.2\/16 dev eth0\n/m],
  ['an ipc namespace', / --ipc(?= --uts --mount)/],
];

/** `nslab transcript POD -o script`. */
async function scriptOf({ must }: KernelHost, pod: string): Promise<string> {
  const text = await must(['transcript', pod, '-o', 'script']);
  scripts.add(text);
  return text;
}

/** Creates the article's pod with nslab, reads its facts and its script, and removes it. */
async function article(t: Test, host: KernelHost, beside = async (_: ReturnType<typeof scripted>) => {}) {
  await host.must(['up', '-d', '-f', ARTICLE]);
  const pids = await pidsFromNslab(host, POD);
  await serves(host, pids);
  const ours = await factsOf(host, pids);
  const live = await scriptOf(host, POD);
  await beside(scripted(t, host, live));
  await host.must(['down', POD]);
  return { live, ours };
}

async function theirsOf(host: KernelHost): Promise<unknown> {
  const pids = await pidsFromScript(host, POD);
  await serves(host, pids);
  return await factsOf(host, pids);
}

function readLog({ sh }: KernelHost, workload: string, pod = POD): Promise<string> {
  return sh(`cat /run/pod-${pod}/log/${workload}`);
}

const PUBLISHED = `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
  - name: nginx
    image: nginx
    ports: [{ containerPort: 80, hostPort: 8080 }]
`;

const ON_IMAGE = `
apiVersion: v1
kind: Pod
metadata: { name: on-image }
spec:
  volumes: [{ name: v, emptyDir: {} }]
  securityContext: { runAsUser: 7, runAsGroup: 8, supplementalGroups: [9] }
  terminationGracePeriodSeconds: 0
  containers:
  - name: plain
    image: mine
    command: [sh, -c, 'id; pwd; ls /real; busybox env | sort; echo x 2>&1 >/made; echo done; exec sleep 10000']
    workingDir: /work
    volumeMounts: [{ name: v, mountPath: /link/v }]
    securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
  - { name: second, image: busybox, command: [sleep, '10000'] }
`;

const RICH = readFileSync(new URL('script/rich.yaml', import.meta.url), 'utf8');

/** Each pod and each network has a uid of its own, also one that is only planned. */
function withoutUids(script: string): string {
  return script.replace(/(nslab:[a-z2-7]{8}):[0-9a-f]{12} /g, '$1:UID ');
}
