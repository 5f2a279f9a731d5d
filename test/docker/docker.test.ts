import { fileURLToPath } from 'node:url';
import t from 'tap';
import { median } from '../../scripts/benchmarks/statistics.ts';
import { collapsed, leftBehind } from '../campaign/left-behind.ts';
import { PretendHost, type Result } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { Engine } from './engine.ts';

const PAUSE = fileURLToPath(new URL('../../native/bin/pause', import.meta.url));

if (requires(t, 'root', 'ip', 'nft', 'busybox', 'dockerd')) {
  t.test(
    'with a Docker engine, whose FORWARD policy is DROP: pods have egress and published ports, and all is undone',
    async (t) => {
      await using host = await PretendHost.create({ uplink: true, tmp: true });
      await using engine = await Engine.start(host);
      await engine.makeImages(PAUSE);
      await engine.must(
        'run',
        '-d',
        '--name',
        'theirs',
        '-p',
        '9090:80',
        'busybox',
        'httpd',
        '-f',
        '-p',
        '80',
      );
      const dockerAnswers = async () => (await httpStatus(host, '203.0.113.2', 9090)) === '404';
      t.ok(await eventually(dockerAnswers), 'Docker’s own container answers from outside');
      t.match(await rules(host, 'FORWARD'), /policy drop/, 'FORWARD is DROP');
      // IPv6 addresses are tentative for a second or two: waits for Docker's before the snapshot.
      await host.run(['bash', '-c', 'while ip -6 addr show tentative | grep -q .; do sleep 0.1; done']);
      await host.run(['ip', 'neigh', 'flush', 'dev', 'uplink']);
      const before = await host.snapshot();
      const chain = await rules(host, 'DOCKER-USER');

      const made = await nslab(host, 'hold', 'web', '-p', '8080:80');
      t.match(
        made,
        {
          status: 0,
          stdout: 'web\n',
          stderr: /two accept rules for 10\.244\.0\.0\/16 now stand in DOCKER-USER/,
        },
        'the rules are reported',
      );
      const accepting = await rules(host, 'DOCKER-USER');
      t.equal(accepting.match(/nslab:\S+ network\/default/g)?.length, 2, 'two commented rules');
      t.match(accepting, /ip saddr 10\.244\.0\.0\/16 .*accept/);
      t.match(accepting, /ip daddr 10\.244\.0\.0\/16 .*accept/);
      await must(
        host,
        'run',
        '-d',
        '--name',
        'httpd',
        '--pod',
        'web',
        '--',
        'busybox',
        'httpd',
        '-f',
        '-p',
        '80',
      );

      const egress = () => nslab(host, 'exec', 'web', 'busybox', 'ping', '-c1', '-W2', '203.0.113.1');
      t.match(await egress(), { status: 0 }, 'egress');
      t.equal(await httpStatus(host, '203.0.113.2', 8080), '404', 'hostPort from outside: a server answers');
      t.ok(await dockerAnswers(), 'Docker’s own container still answers');
      // Not with `docker exec`, which fails for some engines in other namespaces.
      const theirs = (await engine.docker('inspect', '-f', '{{.State.Pid}}', 'theirs')).stdout.trim();
      const ping = ['busybox', 'ping', '-c1', '-W2', '203.0.113.1'];
      t.match(
        await host.run(['nsenter', '-t', theirs, '-n', ...ping]),
        { status: 0 },
        'Docker’s container has egress',
      );

      // Negative control: without the two rules there is no traffic.
      const handles = (await host.run(['nft', '-a', 'list', 'chain', 'ip', 'filter', 'DOCKER-USER'])).stdout;
      for (const [, handle] of handles.matchAll(/nslab:\S+ network.*# handle (\d+)/g))
        await host.run(['nft', 'delete', 'rule', 'ip', 'filter', 'DOCKER-USER', 'handle', String(handle)]);
      t.not((await egress()).status, 0, 'without them: no egress (control)');
      t.not(await httpStatus(host, '203.0.113.2', 8080), '404', 'without them: no hostPort (control)');
      await must(host, 'down', 'web');

      const again = await nslab(host, 'hold', 'again');
      t.match(again, { status: 0, stderr: /DOCKER-USER/ }, 'a second time');
      t.match(
        await nslab(host, 'hold', 'second'),
        { status: 0, stderr: '' },
        'a second pod of the network reports nothing',
      );
      await must(host, 'down', '--all');
      t.equal(await rules(host, 'DOCKER-USER'), chain, 'rules as before');
      await host.run(['ip', 'neigh', 'flush', 'dev', 'uplink']);
      t.same(collapsed(await leftBehind(host, before)), [], 'nothing is left');
      t.ok(await dockerAnswers(), 'Docker’s own container still answers');
    },
  );

  t.test('times and memory compared with Docker (reported, not asserted)', async (t) => {
    await using host = await PretendHost.create({ uplink: true, tmp: true });
    await using engine = await Engine.start(host);
    await engine.makeImages(PAUSE);
    const measurements = new Map<string, number[]>();
    const time = async (what: string, run: Promise<Result>) => {
      const { status, stderr, ms } = await run;
      if (status !== 0) throw new Error(`${what}: ${stderr}`);
      measurements.set(what, [...(measurements.get(what) ?? []), ms]);
    };
    // The network exists, as Docker's does: only the pod is measured.
    await must(host, 'hold', 'first');
    for (let n = 0; n < 5; n++) {
      const [pod, theirs] = [`pod${n}`, `pause${n}`];
      await time('nslab hold', nslab(host, 'hold', pod));
      await time(
        'docker run -d pause',
        engine.docker('run', '-d', '--name', theirs, '--ipc=shareable', 'pause:3.1'),
      );
      const joined = (name: string) => [`--network=container:${name}`, `--ipc=container:${name}`];
      await time(
        'nslab run -d',
        nslab(host, 'run', '-d', '--name', 'w', ...joined(pod), '--', 'busybox', 'sleep', '1000'),
      );
      await time(
        'docker run -d --network=container:',
        engine.docker('run', '-d', '--name', `w${n}`, ...joined(theirs), 'busybox', 'sleep', '1000'),
      );
      await time('nslab exec', nslab(host, 'exec', `${pod}/w`, 'busybox', 'true'));
      await time('node -e 0, the floor of nslab', host.run(['node', '-e', '0']));
      await time('docker exec', engine.docker('exec', `w${n}`, 'true'));
    }
    for (const [what, all] of measurements)
      t.comment(`${what}: median ${Math.round(median(all))} ms of ${all.map(Math.round).join(' ')}`);
    for (const [what, pattern] of [
      ['our pause', '/native/pause pod0'],
      ['our shim', '/native/shim run .*busybox sleep'],
      ['the same pause in Docker', '^/pause$'],
      ['containerd-shim', 'containerd-shim-runc'],
      ['dockerd', '^dockerd'],
      ['containerd', 'containerd --config'],
    ] as const)
      t.comment(`PSS of ${what}: ${await pss(host, pattern)} kB`);
    t.equal(measurements.size, 7, 'measured');
    await must(host, 'down', '--all');
  });
}

async function nslab(host: PretendHost, ...args: string[]): Promise<Result> {
  return await host.run([...program.argv, ...args]);
}

async function must(host: PretendHost, ...args: string[]): Promise<void> {
  const { status, stderr } = await nslab(host, ...args);
  if (status !== 0) throw new Error(`nslab ${args.join(' ')}: ${stderr}`);
}

async function rules(host: PretendHost, chain: string): Promise<string> {
  return (await host.run(['nft', '-s', 'list', 'chain', 'ip', 'filter', chain])).stdout;
}

/** The HTTP status from the other side of the uplink: an empty httpd answers 404; no answer is empty. */
async function httpStatus(host: PretendHost, address: string, port: number): Promise<string> {
  const script = `exec 3<>/dev/tcp/${address}/${port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && timeout 20 head -n1 <&3 | cut -d' ' -f2`;
  return (await host.runOutside(['timeout', '30', 'bash', '-c', script])).stdout.trim();
}

/** The largest PSS of the processes whose command line matches, in kilobytes. */
async function pss(host: PretendHost, pattern: string): Promise<number> {
  // Through the environment: as an argument, the pattern would match this shell.
  const script = `for pid in $(pgrep -f -- "$PATTERN"); do sed -n 's/^Pss: *\\([0-9]*\\) kB/\\1/p' /proc/$pid/smaps_rollup; done | sort -n | tail -1`;
  return Number((await host.run(['bash', '-c', script], { env: { PATTERN: pattern } })).stdout.trim());
}
