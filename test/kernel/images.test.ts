import t from 'tap';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { listens, pidOf, recorded } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** The catalog of images: programs of this machine, configured like the official images. */
const pod = (name: string, container: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { restartPolicy: 'Never', containers: [{ name: 'w', ...container }] },
  });

const up = (host: KernelHost, container: object, ...flags: string[]) =>
  host.nslab(['up', '-d', '-f', '-', ...flags], { input: pod('p', container) });

if (requires(t, 'root', 'ip', 'nft', 'nginx', 'busybox', 'redis', 'apache', 'python', 'curl')) {
  t.test('servers', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      const serves = async (image: string, port: number) => {
        t.match(await up(host, { image }), { status: 0, stderr: '' }, image);
        t.ok(await listens(host, port, await pidOf(host, 'p/pause')), `${image} listens on ${port}`);
      };
      const get = () =>
        sh(`curl -sS http://$(ip -n p -o -4 addr show eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/')`);
      await serves('nginx:1.29', 80);
      t.equal(await get(), await sh('cat /usr/share/nginx/html/index.html'));
      t.match(await must(['logs', 'p/w']), /GET \/ HTTP/, 'the access log is its output');
      await must(['down', 'p']);
      await serves('docker.io/library/httpd', 80);
      t.match(await get(), /It works!/);
      t.match(await must(['logs', 'p/w']), /GET \/ HTTP/);
      await must(['down', 'p']);
      await serves('redis', 6379);
      t.equal(await must(['exec', 'p/w', 'sh', '-c', 'echo PING | nc -w1 localhost 6379']), '+PONG\r\n');
      t.equal(await must(['exec', 'p/w', 'pwd']), '/data\n');
      await must(['down', 'p']);
    }),
  );

  t.test('the small server in the place of images of courses', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      const get = async (port: number, path: string, ...flags: string[]) =>
        (await must(['exec', 'p/w', 'curl', '-s', ...flags, `http://localhost:${port}${path}`])).trim();
      const status = (port: number, path: string) => get(port, path, '-o', '/dev/null', '-w', '%{http_code}');
      const serves = async (
        image: string,
        words: object,
        port: number,
        answers: Record<string, string | RegExp>,
      ) => {
        t.match(
          await up(host, { image, ...words, readinessProbe: { tcpSocket: { port }, periodSeconds: 1 } }),
          { status: 0, stderr: '' },
        );
        t.ok(await listens(host, port, await pidOf(host, 'p/pause')), `${image} listens on ${port}`);
        for (const [path, wanted] of Object.entries(answers))
          t.match(await get(port, path), wanted, `${image}${path}`);
        await must(['down', 'p']);
      };
      const GREETING = { '/': /^hi there$/, '/any/where': /^hi there$/, '/health': /"ok"/ };
      await serves(
        'hashicorp/http-echo:0.2.3',
        { args: ['-text=hi there', '-listen=:5000'] },
        5000,
        GREETING,
      );
      await serves('hashicorp/http-echo', { args: ['-text', 'hi there'] }, 5678, GREETING);
      await serves('gcr.io/google-samples/hello-app:1.0', {}, 8080, {
        '/': /Hello, world!\nVersion: 1\.0\.0\nHostname: p/,
      });
      await serves('gcr.io/google-samples/node-hello:1.0', {}, 8080, { '/': /^Hello Kubernetes!$/ });
      await serves('gcr.io/kuar-demo/kuard-amd64:blue', {}, 8080, {
        '/healthy': /^ok$/,
        '/ready': /^ok$/,
        '/env': /HOSTNAME=p/,
      });
      await serves('registry.k8s.io/hpa-example', {}, 80, { '/': /^OK!$/ });
      await serves('registry.k8s.io/echoserver:1.4', {}, 8080, {
        '/a?b=c': /method=GET\n.*real path=\/a\n/s,
      });
      await serves('traefik/whoami', { args: ['--port=8081'] }, 8081, {
        '/': /^Hostname: p\n.*Host: localhost/s,
      });
      await serves(
        'mhausenblas/simpleservice:0.5.0',
        { env: [{ name: 'SIMPLE_SERVICE_VERSION', value: '0.9' }] },
        9876,
        {
          '/health': /"healthy": true/,
          '/info': /"version": "0\.9"/,
          '/endpoint0': /all is well/,
        },
      );
      const agnhost = 'registry.k8s.io/e2e-test-images/agnhost:2.40';
      await serves(agnhost, { args: ['netexec', '--http-port=8083'] }, 8083, {
        '/hostname': /^p$/,
        '/echo?msg=a%20b': /^a b$/,
        '/clientip': /^127\.0\.0\.1:\d+$/,
      });
      await serves(agnhost, { args: ['serve-hostname'] }, 9376, { '/': /^p$/ });
      await serves(agnhost, { args: ['liveness'] }, 8080, { '/healthz': /^(ok|error)/ });
      t.match(
        await up(host, {
          image: 'stefanprodan/podinfo',
          command: ['./podinfo', '--port=9898', '--level=info'],
        }),
        { status: 0, stderr: '' },
      );
      t.ok(await listens(host, 9898, await pidOf(host, 'p/pause')));
      for (const path of ['/', '/healthz', '/readyz', '/version', '/env'])
        t.ok(JSON.parse(await get(9898, path)), path);
      t.equal(await status(9898, '/status/418'), '418');
      t.equal(await status(9898, '/nowhere'), '404', '(control)');
      await must(['down', 'p']);
      t.match(await up(host, { image: agnhost, args: ['no-such-server'] }), { status: 0 });
      t.equal(await must(['wait', 'p/w']), '1\n', 'an unknown one ends (control)');
      await must(['down', 'p']);
      const there = (name: string) => new RegExp(`^${name} +yes`, 'm');
      t.match((await nslab(['images'])).stdout, there('podinfo'));
      t.notMatch((await nslab(['images', '--image', 'gone=/no/such'])).stdout, there('gone'), '(control)');
      const check = (image: string) => nslab(['images', 'check', '-'], { input: pod('p', { image }) });
      t.match(await check('nginx:1.29'), { status: 0, stdout: /nginx:1\.29 +installed/ });
      t.match(await check('a/b:c'), { status: 3, stdout: /a\/b:c +unknown +--image 'b=COMMAND'/ });
    }),
  );

  t.test('nginx writes where its image does', (t) =>
    onFreshHost(t, async (host) => {
      const { must } = host;
      const input = (mounts: string[]) =>
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'p' },
          spec: {
            restartPolicy: 'Never',
            volumes: mounts.map((_, index) => ({ name: `v${index}`, emptyDir: {} })),
            containers: [
              {
                name: 'w',
                image: 'nginx',
                securityContext: { readOnlyRootFilesystem: true },
                volumeMounts: mounts.map((mountPath, index) => ({ name: `v${index}`, mountPath })),
              },
            ],
          },
        });
      await must(['up', '-d', '-f', '-'], { input: input(['/var/cache/nginx', '/var/run']) });
      t.ok(
        await listens(host, 80, await pidOf(host, 'p/pause')),
        'it serves with a read-only root and two emptyDirs',
      );
      await must(['down', 'p']);
      await must(['up', '-d', '-f', '-'], { input: input(['/var/run']) });
      t.equal(await must(['wait', 'p/w']), '1\n', 'and not without the one for its cache (control)');
      await must(['down', 'p']);
    }),
  );

  t.test('programs', (t) =>
    onFreshHost(t, async (host) => {
      const { must } = host;
      const says = async (image: string, words: object, wanted: string | RegExp, ...flags: string[]) => {
        t.match(await up(host, { image, ...words }, ...flags), { status: 0, stderr: '' }, image);
        await must(['wait', 'p/w']);
        t.match(await must(['logs', 'p/w']), wanted, image);
        await must(['down', 'p']);
      };
      const python = ['python', '-c', 'import sys; print(sys.version_info[0])'];
      await says('python:3.12-slim', { command: python }, '3\n');
      await says('busybox', { command: ['sh', '-c', 'ls --help 2>&1 | head -1'] }, /^BusyBox/);
      await says('alpine', { command: ['/bin/sh', '-c', 'echo -e "a\\tb"'] }, 'a\tb\n');
      await says('debian', { command: ['sh', '-c', 'ls --help 2>&1 | head -1'] }, /^Usage: ls/);
      await says('ubuntu', { args: ['bash', '-c', 'echo $BASH_VERSION'] }, /^\d+\./);
      await says('mine', { args: ['and', 'more'] }, 'said and more\n', '--image', 'mine=/bin/echo said');
      const file = { env: { XDG_CONFIG_HOME: '/tmp/config' } };
      await host.sh(
        'mkdir -p /tmp/config/nslab; echo "theirs: /bin/echo theirs" > /tmp/config/nslab/images.yaml',
      );
      await host.must(['up', '-d', '-f', '-'], { input: pod('p', { image: 'theirs:1' }), ...file });
      await must(['wait', 'p/w']);
      t.equal(await must(['logs', 'p/w']), 'theirs\n', 'a user-defined image');
      await must(['down', 'p']);
      await host.sh('rm -r /tmp/config');
      t.match(await up(host, { image: 'pause:3.1' }), { status: 0 });
      t.ok(await eventually(async () => (await recorded(host, 'p/w')).state === 'Running'));
      t.equal(await host.sh(`cat /proc/${await pidOf(host, 'p/w')}/comm`), 'pause\n');
      await must(['down', 'p']);
    }),
  );

  t.test('unknown images, missing programs, and invalid definitions are refused', (t) =>
    onFreshHost(t, async (host) => {
      const refused = async (container: object, stderr: RegExp, ...flags: string[]) =>
        t.match(await up(host, container, ...flags), { status: 2, stdout: '', stderr });
      await refused(
        { image: 'no/such:1' },
        /no program of this machine is known for the image "no\/such:1"\nhint: .*--image 'such=COMMAND'/,
      );
      await refused({ image: 'no/such', args: ['word'] }, /no program of this machine is known/);
      await refused(
        { image: 'debian', command: ['no-such-program'] },
        /no-such-program is not on this machine/,
      );
      await refused({ image: 'debian', command: ['./podinfo'] }, /\.\/podinfo is not on this machine/);
      const shell = { image: 'debian', command: ['true'] };
      await refused(
        { ...shell, args: ['x'.repeat(3_000_000)] },
        /argument 1 has 3000000 bytes, and the kernel passes at most 131071/,
      );
      await refused(
        { ...shell, env: [{ name: 'A', value: 'x'.repeat(140_000) }] },
        /a variable of the environment has 140002 bytes/,
      );
      await refused({ image: 'x' }, /--image "x" is neither NAME=COMMAND nor NAME=dir:PATH/, '--image', 'x');
      await host.sh('mkdir -p /tmp/config/nslab; echo "x: {comand: [y]}" > /tmp/config/nslab/images.yaml');
      const bad = await host.nslab(['up', '-f', '-'], {
        input: pod('p', { image: 'x' }),
        env: { XDG_CONFIG_HOME: '/tmp/config' },
      });
      t.match(bad, { status: 2, stderr: /images in \/tmp\/config\/nslab\/images\.yaml cannot be read/ });
      await host.sh('rm -r /tmp/config');
    }),
  );
}
