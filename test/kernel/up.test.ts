import t, { type Test } from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inodesOf, inspected, listed, listens, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** `up` and `down` of manifests: the article's pod as it stands there, and what goes on around it. */
const ARTICLE = `
apiVersion: apps/v1beta1
kind: Deployment
metadata:
  name: Two-Containers
spec:
  replicas: 1
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: busybox
        image: busybox
        command: ["/bin/sh", "-c", "while true; do echo hello; sleep 1; done"]
        volumeMounts: [{name: both, mountPath: /here}]
      - name: nginx
        image: nginx:1.29
        volumeMounts: [{name: both, mountPath: /there}]
      volumes: [{name: both, emptyDir: {}}]
`;

const pod = (name: string, script: string, more = '') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  restartPolicy: Never
  containers:
  - name: w
    image: busybox
    command: [sh, -c, ${JSON.stringify(script)}]
${more}`;

if (requires(t, 'root', 'ip', 'nft', 'nginx', 'busybox', 'curl')) {
  t.test('the article’s pod', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      const up = await nslab(['up', '-d', '-f', '-'], { input: ARTICLE });
      t.match(up, { status: 0, stdout: 'two-containers\n' });
      const said = up.stderr.trim().split('\n');
      t.equal(said.length, 3, 'three warnings, of what Kubernetes would say');
      t.match(said[0], /stdin:2:13: .*no matches for kind "Deployment" in version "apps\/v1beta1"/);
      t.match(said.join('\n'), /stdin:5:9: .*lowercase RFC 1123/);
      t.match(said.join('\n'), /spec\.selector: Kubernetes says Required value/);

      const name = 'two-containers';
      t.ok(await listens(host, 80, await pidOf(host, `${name}/pause`)), 'nginx listens');
      const pids = await Promise.all(['pause', 'nginx', 'busybox'].map((w) => pidOf(host, `${name}/${w}`)));
      const inodes = pids.map((pid) => inodesOf(host.host, pid));
      const machine = inodesOf(host.host, 1);
      for (const kind of ['net', 'ipc', 'uts']) {
        t.equal(new Set(inodes.map((each) => each[kind])).size, 1, `${kind}: one for all three`);
        t.not(inodes[0]?.[kind], machine[kind], `${kind}: not the host’s (control)`);
      }
      t.equal(new Set(inodes.map(({ mnt }) => mnt)).size, 3, 'mnt: one each');
      t.equal(new Set([inodes[1]?.pid, inodes[2]?.pid, machine.pid]).size, 3, 'pid: one for each workload');

      const page = await host.sh('cat /usr/share/nginx/html/index.html');
      t.equal(
        await must(['exec', `${name}/busybox`, 'wget', '-qO-', 'http://localhost']),
        page,
        'nginx’s page',
      );
      t.match(await must(['logs', `${name}/busybox`]), /^hello\n/);
      t.match(
        await must(['logs', `${name}/nginx`]),
        /"GET \/ HTTP\/1\.1" 200/,
        'its access log is its output',
      );
      await must(['exec', `${name}/busybox`, 'sh', '-c', 'echo word > /here/file']);
      t.equal(
        await must(['exec', `${name}/nginx`, 'cat', '/there/file']),
        'word\n',
        'one volume, two places',
      );
      t.notOk((await nslab(['exec', `${name}/nginx`, 'cat', '/here/file'])).status === 0, '(control)');
      const { manifest } = await inspected<{ manifest: object }>(host, name);
      t.match(manifest, {
        kind: 'Deployment',
        metadata: { name },
        spec: { containers: [{ name: 'busybox' }, {}] },
      });
      await again(t, host);
      t.equal(await must(['down', '-f', '-'], { input: ARTICLE }), `${name}\n`);
      const twice = ['down', '--ignore-not-found', '-f', '-'];
      t.equal(await must(twice, { input: ARTICLE }), '', 'twice is fine, where that is said');
      t.match(await nslab(['down', '-f', '-'], { input: ARTICLE }), { status: 1, stderr: /no such pod/ });
    }),
  );

  t.test('in the foreground', (t) =>
    onFreshHost(t, async (host) => {
      const { must } = host;
      const two = pod(
        'two',
        'echo one; echo two >&2; trap "exit 0" TERM; while :; do sleep 0.1; done',
        OTHER,
      );
      await host.sh(`cat > /tmp/two.yaml <<'END'\n${two}\nEND`);
      const running = host.host.spawn([...program.argv, 'up', '-f', '/tmp/two.yaml']);
      let told = '';
      running.child.stderr?.on('data', (text) => (told += text));
      t.ok(await eventually(async () => (await listed(host)).get('two/w')?.state === 'Running'));
      t.equal((await host.nslab(['exec', 'two/w', 'true'])).status, 0, 'others can use it meanwhile');
      await until(async () => (await must(['logs', 'two/w'])).includes('two'));
      await until(() => told.includes('second Error'));
      running.signal('SIGINT');
      const { status, stdout, stderr } = await running.result;
      t.equal(status, 130, 'Ctrl-C');
      t.match(stdout, /^w {5} \| one$/m, 'each line with its workload');
      t.match(stdout, /^w {5} \| two$/m);
      t.match(stdout, /^second \| other$/m);
      await host.sh('rm /tmp/two.yaml');
      t.match(stderr, /taking down two/);
      t.match(stderr, /second Error \(3\)/, 'a change of state is said');
      t.equal(await must(['ps', '-q']), '', 'everything is down');

      const cron = (more: object) =>
        JSON.stringify({
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'often' },
          spec: {
            schedule: '@every 1s',
            jobTemplate: {
              spec: {
                template: {
                  spec: {
                    restartPolicy: 'Never',
                    containers: [{ name: 'w', image: 'busybox', command: ['echo', 'again'] }],
                  },
                },
              },
            },
            ...more,
          },
        });
      await host.sh(`cat > /tmp/cron.yaml <<'END'\n${cron({})}\nEND`);
      const scheduled = host.host.spawn([...program.argv, 'up', '--schedule', '-f', '/tmp/cron.yaml']);
      let output = '';
      scheduled.child.stdout?.on('data', (text) => (output += text));
      await until(() => output.split('again').length > 2);
      scheduled.signal('SIGINT');
      t.equal((await scheduled.result).status, 130, '--schedule: twice and on, until Ctrl-C');
      t.equal(await must(['ps', '-q']), '', 'no run is left');
      const schedule = (input: string, ...more: string[]) =>
        host.nslab(['up', '--schedule', ...more, '-f', '-'], { input });
      t.match(await schedule(cron({}), '-d'), { status: 2, stderr: /runs in the foreground/ });
      t.match(await schedule(cron({ schedule: '0 0 31 2 *' })), { status: 2, stderr: /is ever due/ });
      t.match(
        await schedule(pod('job', 'echo done')),
        { status: 2, stderr: /"job" is of a Pod/ },
        '(control)',
      );
      await host.sh('rm /tmp/cron.yaml');

      const over = await host.nslab(['up', '-f', '-'], { input: pod('job', 'echo done') });
      t.match(over, { status: 0, stdout: 'w | done\n' }, 'it ends with its workloads');
      const failed = await host.nslab(['up', '-f', '-'], { input: pod('job', 'echo no; exit 4') });
      t.match(
        failed,
        { status: 1, stdout: 'w | no\n', stderr: /w Error \(4\)/ },
        'and says when one has failed',
      );
    }),
  );

  t.test('what fails takes back all that this command has made', (t) =>
    onFreshHost(t, async (host) => {
      const good = pod('good', 'sleep 1000');
      const bad = pod('bad', 'sleep 1000', '  - {name: x, image: busybox, command: [/etc/passwd]}');
      const both = await host.nslab(['up', '-d', '-f', '-'], { input: `${good}\n---\n${bad}` });
      t.match(
        both,
        { status: 2, stderr: /\/etc\/passwd.*is not on this machine/ },
        'found before anything is touched',
      );
      const init = pod('init', 'true').replace('  containers:', `${INIT}\n  containers:`);
      await host.must(['hold', 'other', '-p', '8080:80']);
      const late = `${pod('late', 'true')}\n    ports: [{containerPort: 80, hostPort: 8080}]`;
      const failed = await host.nslab(['up', '-d', '-f', '-'], { input: `${good}\n---\n${late}` });
      t.match(failed, { status: 1, stdout: '', stderr: /8080/ });
      await host.must(['down', 'other']);
      t.equal(await host.must(['ps', '-aq']), '', 'neither is there, and neither was named');
      const waited = await host.nslab(['up', '--wait', '-f', '-'], { input: init });
      t.match(waited, {
        status: 1,
        stdout: 'init\n',
        stderr:
          /pod "init" has failed: Init:Error \(7\)\nhint: the last words of init\/first were: why it failed/,
      });
      t.match(
        await host.must(['ps', '-a']),
        /init +pause +0\/1 +Init:Error \(7\)/,
        'it stays, for its logs to be read',
      );
      t.match(await host.must(['ps', '-a']), /init +w +0\/1 +NotStarted/);
      t.equal(await host.must(['logs', 'init/first']), 'why it failed\n');
      await host.must(['down', 'init']);
      await host.must(['up', '-d', '-f', '-'], { input: good });
      t.equal(await host.must(['ps', '-q']), 'good\ngood/w\n', 'by itself it works (control)');
      await host.must(['down', 'good']);
    }),
  );

  t.test('a limit that this machine cannot hold a workload to is said, and left out', (t) =>
    onFreshHost(t, async (host) => {
      const limited = pod('p', 'sleep 1000', '    resources: {limits: {memory: 64Mi, cpu: 500m}}');
      const { status, stderr } = await host.nslab(['up', '-d', '-f', '-'], { input: limited });
      t.equal(status, 0, stderr);
      for (const what of ['memory', 'cpu'])
        t.match(stderr, `workload "p/w": ${what} is not limited: this machine has no ${what} cgroup`);
      t.equal((await inspected(host, 'p/w')).state, 'Running', 'it runs all the same');
      await host.must(['down', 'p']);
      const plain = await host.nslab(['up', '-d', '-f', '-'], { input: pod('p', 'sleep 1000') });
      t.match(plain, { status: 0, stderr: '' }, 'without limits nothing is said (control)');
      await host.must(['down', 'p']);
    }),
  );

  t.test('a plan touches nothing', (t) =>
    onFreshHost(t, async (host) => {
      const plan = await host.must(['up', '-d', '--dry-run', '-f', '-'], { input: ARTICLE });
      for (const line of [
        /unshare\(CLONE_NEWNET\|CLONE_NEWIPC\|CLONE_NEWUTS\)/,
        /link add name nsv\w+ .*peer name eth0/,
        /shim hold .*--tmpfs both:mode=0777/,
        /shim run .* -- nginx -g 'daemon off;'/,
        /shim run .* -- \/bin\/sh -c 'while true/,
      ])
        t.match(plan, line);
      t.notMatch(plan, 'SIGTERM', 'and it ends when all is up');
      const events = (
        await host.must(['up', '--dry-run', '-o', 'json', '-f', '-'], { input: ARTICLE })
      ).trim();
      const channels = new Set(events.split('\n').map((line) => JSON.parse(line).channel));
      for (const channel of ['syscall', 'spawn', 'ip', 'nft', 'sysctl'])
        t.ok(channels.has(channel), `${channel}, as JSON lines`);
      t.equal(await host.must(['ps', '-aq']), '');
      t.match(await host.nslab(['up', '-o', 'json', '-f', '-'], { input: ARTICLE }), {
        status: 2,
        stderr: /--dry-run/,
      });
    }),
  );
}

/** A second `up`: what is there as it is wanted is left alone, and what differs is named. */
async function again(t: Test, host: KernelHost): Promise<void> {
  const before = [...(await listed(host)).values()].map(({ pid }) => pid);
  const same = await host.nslab(['up', '-d', '-f', '-'], { input: ARTICLE });
  t.match(same, {
    status: 0,
    stdout: '',
    stderr: /pod "two-containers" exists already and equals the manifest/,
  });
  const other = await host.nslab(['up', '-d', '-f', '-'], {
    input: ARTICLE.replace('nginx:1.29', 'nginx:1.30'),
  });
  t.match(other, {
    status: 1,
    stderr:
      /exists and differs from the manifest:\n {2}spec\.containers\[1\]\.image: "nginx:1\.29" → "nginx:1\.30"\nhint: .*down/,
  });
  const after = [...(await listed(host)).values()].map(({ pid }) => pid);
  t.strictSame(after, before, 'nothing was touched');
}

const OTHER = "  - {name: second, image: busybox, command: [sh, -c, 'sleep 0.2; echo other; exit 3']}";
const INIT = `  initContainers:
  - {name: first, image: busybox, command: [sh, -c, 'echo why it failed; exit 7']}`;
