import t from 'tap';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

const POD = (name: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: 3
  containers: [{name: w, image: busybox, command: [sh, -c, 'trap : TERM; while :; do sleep 1; done']}]
`;

/** On TERM it goes on: what it says shows when it was asked, and that it still lived after that. */
const STUBBORN = (name: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: 4
  volumes: [{name: order, hostPath: {path: /tmp/order}}]
  containers:
  - name: w
    image: busybox
    command: [sh, -c, 'trap "echo ${name} asked >> /order/said" TERM; while :; do sleep 0.1; echo ${name} lives >> /order/said; done']
    volumeMounts: [{name: order, mountPath: /order}]
`;

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  for (const driver of ['netlink', 'ip'])
    t.test(`many pods at once, by ${driver}`, (t) =>
      onFreshHost(t, async ({ must, nslab, sh }) => {
        const names = ['a', 'b', 'c', 'd'];
        await sh('mkdir /tmp/order');
        const input = names.map(STUBBORN).join('---\n');
        await must(['up', '-d', '--allow-host-path', '--driver', driver, '-f', '-'], { input });
        const { items } = JSON.parse(await must(['inspect', 'a'])) as {
          items: { network: { driver: string } }[];
        };
        t.equal(items[0]?.network.driver, driver, 'inspect says who has configured it');
        await sh(
          'ip link add bystander type veth peer name other && ip link set bystander alias nslab:pod/a',
        );
        t.equal(
          await must(['down', '--ignore-not-found', 'd', 'gone', 'a', 'c', '--driver', driver]),
          'd\na\nc\n',
          'in the order of asking',
        );
        const said = (await sh('cat /tmp/order/said')).trimEnd().split('\n');
        const asked = ['a', 'c', 'd'].map((name) => said.indexOf(`${name} asked`));
        const lived = ['a', 'c', 'd'].map((name) => said.lastIndexOf(`${name} lives`));
        t.ok(Math.min(...asked) >= 0, 'each was asked');
        t.ok(
          Math.max(...asked) < Math.min(...lived),
          'and all of them lived on when the last was asked: their grace periods pass together',
        );
        t.notOk(said.includes('b asked'), 'the fourth was not (control)');
        t.match(await must(['ps', '-q']), /^b(\/w)?\n(b\/w\n)?$/, 'and nobody else is taken down');
        t.match(
          await sh('ip -o link show bystander'),
          /bystander/,
          'a link with a mark under another name stays',
        );
        await sh('ip link delete bystander');
        t.equal((await nslab(['down', '--all'])).stdout, 'b\n');
        await sh('rm -r /tmp/order');
      }),
    );

  t.test('one that cannot go keeps no other from going', (t) =>
    onFreshHost(t, async ({ must, nslab, sh }) => {
      for (const name of ['a', 'b', 'c', 'd']) await must(['hold', name, '--network', 'none']);
      await sh('echo "{" >/run/nslab/pods/c/intent.json');
      await sh('cd /run/nslab/pods/b && mount --bind status.json status.json');
      const { status, stdout, stderr } = await nslab(['down', '--all']);
      t.equal(status, 1);
      t.equal(stdout, 'a\nc\nd\n', 'one whose record is damaged goes, too');
      t.match(stderr, /^nslab: .*pods\/b\/status.json.*resource busy/, 'and which one failed is told');
      t.equal(await must(['ps', '-q']), 'b\n');
      await sh('umount /run/nslab/pods/b/status.json');
      t.equal(await must(['down', '--all']), 'b\n', 'the next time it goes (control)');
    }),
  );

  t.test('a tool that works for one pod has not the lock of another that is made', (t) =>
    onFreshHost(t, async ({ must, sh }) => {
      const nft = (await sh('command -v nft')).trim();
      const spy = `#!/bin/sh\nreadlink /proc/$$/fd/* | grep /lock | tr '\\n' ' ' >>/tmp/locks; echo >>/tmp/locks\nexec ${nft} "$@"\n`;
      await sh(`mkdir /tmp/spy; cat >/tmp/spy/nft <<'END'\n${spy}END\nchmod 755 /tmp/spy/nft`);
      const input = ['a', 'b']
        .map((name, n) =>
          POD(name).replace(
            "sleep 1; done']",
            `sleep 1; done'], ports: [{containerPort: 80, hostPort: ${8080 + n}}]`,
          ),
        )
        .join('---\n');
      await must(['up', '-d', '-f', '-'], { input, env: { PATH: `/tmp/spy:${process.env.PATH}` } });
      const lines = (await sh('cat /tmp/locks')).split('\n');
      t.ok(
        lines.some((line) => line.includes('pods/a/lock')),
        'it has that of its own pod (control)',
      );
      const second = lines.filter((line) => line.includes('pods/b/lock'));
      t.ok(second.length > 0, 'so has that of the second (control)');
      t.same(
        second.filter((line) => line.includes('pods/a/lock')),
        [],
        'and of nobody else',
      );
      await must(['down', '--all']);
      await sh('rm -r /tmp/spy /tmp/locks');
    }),
  );

  t.test('holders of several names by one command', (t) =>
    onFreshHost(t, async ({ must, nslab, sh }) => {
      t.equal(await must(['hold', 'a', 'b', 'c']), 'a\nb\nc\n', 'each is named as it is there');
      t.equal(await must(['ps', '-q']), 'a\nb\nc\n');
      const taken = await nslab(['hold', 'd', 'b']);
      t.equal(taken.status, 1);
      t.match(taken.stderr, /^nslab: pod "b" exists already/);
      t.equal(taken.stdout, '', 'and that is found before the first is made');
      await must(['network', 'create', 'small', '--subnet', '10.99.0.0/29', '--type', 'ptp']);
      const full = await nslab(['hold', '--network', 'small', 'd', 'e', 'f', 'g', 'h', 'i']);
      t.equal(full.status, 1);
      t.equal(full.stdout, 'd\ne\nf\ng\nh\n', 'five were made');
      t.match(full.stderr, /has no free address left of 5/);
      t.equal(await must(['ps', '-q']), 'a\nb\nc\n', 'and none of them is left');
      t.equal(await sh('ls /run/nslab/leases/small 2>/dev/null || true'), '', 'nor its address');
      t.equal(
        await must(['hold', '--network', 'small', 'd', 'e', 'f', 'g', 'h']),
        'd\ne\nf\ng\nh\n',
        'five alone stay (control)',
      );
      await must(['down', '--all']);
      await must(['network', 'rm', 'small']);
    }),
  );

  t.test('a bridge that is full', (t) =>
    onFreshHost(t, async ({ must, nslab, sh }) => {
      await must(['hold', 'first']);
      const others = (n: number) =>
        `link add o${n} group 99 type veth peer name p${n} group 99\nlink set o${n} master nslab0\n`;
      await sh(`ip -batch - <<END\n${Array.from({ length: 1022 }, (_, n) => others(n)).join('')}END`);
      for (const driver of ['netlink', 'ip']) {
        const { status, stderr } = await nslab(['hold', 'more', '--driver', driver]);
        t.equal(status, 1, driver);
        t.match(
          stderr,
          /^nslab: ip link set dev \S+ master nslab0 failed: exchange full\nhint: a bridge has 1023 ports/i,
        );
      }
      t.equal(await must(['ps', '-q']), 'first\n', 'and nothing of it is left');
      await sh('ip link delete o7');
      await must(['hold', 'more']);
      t.equal(
        await must(['down', '--all']),
        'first\nmore\n',
        'one port is free, and one more pod is (control)',
      );
      await sh('ip link delete group 99');
    }),
  );
}
