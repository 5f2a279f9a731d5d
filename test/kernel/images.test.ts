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
      t.ok(await eventually(async () => (await recorded(host, 'p/w')).state === 'running'));
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
      await refused({ image: 'x' }, /--image "x" is not NAME=COMMAND/, '--image', 'x');
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
