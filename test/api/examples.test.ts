import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { bundle } from '../bundle.ts';
import { collapsed, leftBehind } from '../campaign/left-behind.ts';
import { PretendHost } from '../campaign/pretend-host.ts';
import { requires } from '../requires.ts';

const EXAMPLES = new URL('../../scripts/examples/', import.meta.url);
const README = new URL('../../README.md', import.meta.url);

/** What each program prints. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  'attach.ts': /^server is Running\na command beside sleep\n$/,
  'catch-errors.ts':
    /^(.*: ERR_(POD_NOT_FOUND|POD_EXISTS|INVALID_INPUT|COMMAND_NOT_STARTED|NETWORK_IN_USE)\n {4}.*\n){5}$/,
  'class-exercise.ts': /^seat-1: repaired\nseat-2: repaired\nseat-3: not yet: a route leads nowhere\n$/,
  'custom-network.ts':
    /^eth0 10\.50\.0\.2\/24 in front, MTU 1500\nback0 10\.60\.0\.3\/24 in back, MTU 1400\napp → web: reached\napp → db: reached\n$/,
  'follow-logs.ts': /^(job \| step [123] of 3\n){3}exit status 4\n$/,
  'list.ts':
    /^job {2}Running {2}no address\n {4}hello: Completed\nweb {2}Running {2}10\.244\.0\.2\n {4}server: Running\n$/,
  'manifest.ts': /^prepare: Completed\nreader: Running\nhello from the init container\n$/,
  'publish.ts': /^200 Welcome to nginx!\n$/,
  'time-out.ts': /^"sleep" in patient took longer than 0\.3 s\n"sh" in patient was aborted\n$/,
  'two-pods.ts': /^left → right: reached\nright → left: reached\n$/,
};

t.test('each is tried, and on the front page', async (t) => {
  const names = readdirSync(EXAMPLES).toSorted();
  t.strictSame(names, Object.keys(PRINTED));
  const page = readFileSync(README, 'utf8');
  for (const name of [...names, 'of-no-kind.ts'])
    t.equal(page.includes(`(scripts/examples/${name})`), name !== 'of-no-kind.ts', name);
});

if (requires(t, 'root', 'ip', 'nft', 'nginx', 'busybox'))
  t.test('each prints what it says, and leaves nothing', async (t) => {
    const programs = await Promise.all(
      Object.keys(PRINTED).map(async (name) => [name, await bundle(t, new URL(name, EXAMPLES))] as const),
    );
    await using host = await PretendHost.create({ uplink: true, tmp: true });
    const before = await host.snapshot();
    for (const [name, program] of programs) {
      const { status, stdout, stderr } = await host.run(['node', program]);
      t.match({ status, stderr }, { status: 0, stderr: '' }, name);
      t.match(stdout, PRINTED[name] ?? 'nothing', name);
      t.equal((await host.run(['ls', '/run/nslab'])).stdout, '', `${name}: no pod and no network is left`);
    }
    t.same(collapsed(await leftBehind(host, before)), [], 'nothing is left');
  });
