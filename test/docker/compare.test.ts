import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Sharing } from '../../src/compare/modes/sharing.ts';
import type { ModeVerdict } from '../../src/compare/modes/verdicts.ts';
import type { FactComparison } from '../../src/compare/verdict.ts';
import { PretendHost } from '../campaign/pretend-host.ts';
import { eventually } from '../eventually.ts';
import { processStart } from '../process-starts.ts';
import { requires } from '../requires.ts';
import { different, everything, nslab, rowsOf } from './comparing.ts';
import { Engine } from './engine.ts';

const PAUSE = fileURLToPath(new URL('../../native/bin/pause', import.meta.url));
const ARTICLE = new URL('../../scripts/labs/two-containers.yaml', import.meta.url);
const LOOP = ['busybox', 'sh', '-c', 'while true; do sleep 1; done'];

if (requires(t, 'root', 'ip', 'nft', 'dockerd', 'nginx', 'busybox', 'redis')) {
  t.test('our pod compared with Docker’s', async (t) => {
    await using host = await PretendHost.create({ uplink: true, tmp: true });
    await using engine = await Engine.start(host);
    const compare = (...words: string[]) => nslab(host, engine, ['compare', 'docker', ...words]);
    const compared = async (...words: string[]) => rowsOf(await compare('-o', 'json', ...words));
    const before = await everything(host, engine);
    t.match(before, /^network .*bridge/m, 'the engine has objects');

    await t.test('pods that are made for the comparison and removed', async (t) => {
      let seen = '';
      const changed = () => /^container busybox-/m.test(seen) && /^image nslab-/m.test(seen);
      const words = ['compare', 'docker', '--save', '/run/found.json'];
      const { status, stdout, stderr } = await nslab(host, engine, words, {
        during: async () => {
          await eventually(async () => {
            seen = await everything(host, engine);
            return changed();
          });
        },
      });
      t.equal(status, 0, `every difference is explained: ${stderr}`);
      t.match(stdout, / facts: \d+ same, \d+ different on purpose, 0 different\n$/);
      for (const line of stdout.split('\n').filter((line) => / \((?:ms|kB)\) /.test(line))) t.comment(line);
      t.equal(await everything(host, engine), before, 'the engine and the host are as before');
      t.ok(changed(), 'there were objects meanwhile (control)');
      const again = await compared('--saved', '/run/found.json');
      t.same(different(again), [], 'the saved file gives the same result');
    });

    await t.test('interrupted, or killed', async (t) => {
      for (const [signal, moments, words] of [
        ['SIGINT', process.env.NSLAB_CAMPAIGN ? [10, 20, 30] : [20], []],
        ['SIGKILL', [20], []],
        ['SIGINT', [37], ['-f', '-', '--allow-host-path']],
        ['SIGKILL', [55], ['-f', '-', '--allow-host-path']],
      ] as const)
        for (const moment of moments) {
          const { status, stderr } = await nslab(host, engine, ['compare', 'docker', ...words], {
            input: VOLUMES,
            during: async (running) => {
              await sleep(moment * (await processStart()));
              running.signal(signal);
            },
          });
          t.ok(
            [130, 137, 0].includes(status),
            `${words.join(' ')} ${signal} after ${moment} process starts: ${status} ${stderr}`,
          );
          if (signal === 'SIGKILL') await nslab(host, engine, ['gc']);
          const asBefore = async () => (await everything(host, engine)) === before;
          t.ok(await eventually(asBefore), `the engine and the host are as before`);
        }
    });

    await t.test('the modes, as Docker documents them', async (t) => {
      const { status, stdout, stderr } = await nslab(host, engine, ['compare', 'modes', '-o', 'json']);
      t.equal(status, 0, stderr);
      const { modes } = JSON.parse(stdout) as { modes: ModeVerdict[] };
      const letters = (sharing?: Sharing | null) =>
        (['net', 'ipc', 'uts', 'pid', 'mnt'] as const).map((kind) => sharing?.[kind]?.[0]).join('');
      for (const { words, theirs, ours, verdict } of modes) {
        const expected = BY_THE_BOOK[words.join(' ')];
        t.equal(letters('sharing' in theirs ? theirs.sharing : null), expected, `${words.join(' ')}: Docker`);
        if (words.length > 0) t.equal(letters(ours), expected, 'and ours');
        t.equal(verdict, words.length > 0 ? 'same' : null);
      }
      t.equal(modes.length, Object.keys(BY_THE_BOOK).length);
      t.equal(await everything(host, engine), before, 'the engine and the host are as before');
    });

    await t.test('a manifest’s pod, translated to docker commands', async (t) => {
      const { status, stdout, stderr } = await nslab(
        host,
        engine,
        ['compare', 'docker', '-f', '-', '-o', 'json'],
        {
          input: MANIFEST,
        },
      );
      t.equal(status, 0, `every difference is explained: ${stderr}`);
      const { commands, leftOut, rows } = JSON.parse(stdout) as Record<'commands' | 'leftOut', string[]> & {
        rows: FactComparison[];
      };
      const image = (name: string, line: string) =>
        new RegExp(
          String.raw`^\( set -e; [\s\S]*\n${line}\n[\s\S]*docker import .* - nslab-\S+-${name} >/dev/null \)$`,
        );
      t.match(commands, [
        image('pause', String.raw`cp \S+/pause pause`),
        image('busybox', String.raw`cp "\$\(command -v busybox\)" bin/busybox`),
        image('redis', String.raw`found=\$\(command -v redis-server\)`),
        /^docker run -d --label \S+ --name pause-\w+ --ipc=shareable --publish=8088:6379\/tcp \S+-pause$/,
        /--name store-\w+ --network=container:pause-\w+ --ipc=container:pause-\w+ .*\S+-redis redis-server/,
        /--name talker-.* '--env=GREETING=good day' --env=WHERE= --workdir=\/tmp --user=1000:1000 --cap-drop=NET_RAW --restart=always --stop-timeout=30 \S+-busybox sh -c /,
      ]);
      t.same(leftOut, ['container "talker": the value of WHERE, which comes from a reference']);
      for (const command of commands) t.ok(stderr.includes(`$ ${command}`), 'the command is printed');
      const theirFact = (fact: string) => rows.find((row) => row.fact === fact)?.theirs;
      t.equal(theirFact('net'), 'pause: own; store, talker: joined');
      t.match(theirFact('capabilities'), /talker: bounding Docker's 14 -net_raw/);
      t.match(theirFact('environment'), /talker: GREETING .*WHERE/);
      t.match(theirFact('user id'), /talker: 1000:1000/);
      const typed = (lines: string[]) =>
        host.run(['bash', '-c', ['set -e', ...lines].join('\n')], {
          env: { DOCKER_HOST: engine.command()[2] },
        });
      const [first = ''] = commands;
      const tag = /\S+-pause(?= >)/.exec(first)?.[0] ?? '';
      t.match(await engine.docker('image', 'inspect', tag), { status: 1 }, 'the images are gone (control)');
      t.match(await typed(commands), { status: 0 }, 'the printed commands run as they are');
      const running = await engine.must('ps', '--format', '{{.Names}}');
      t.match(running.split('\n').sort(), [/^pause-/, /^store-/, /^talker-/], 'and make the same containers');
      await engine.must('rm', '-f', ...running.split('\n'));
      await engine.must('rmi', ...['pause', 'busybox', 'redis'].map((name) => tag.replace(/pause$/, name)));
      t.equal(await everything(host, engine), before, 'the engine and the host are as before');
      const plain = MANIFEST.replace('drop: [NET_RAW]', 'drop: []');
      const other = await nslab(host, engine, ['compare', 'docker', '-f', '-', '-o', 'json'], {
        input: plain,
      });
      t.notMatch(other.stdout, /-net_raw/, 'without it the fact does not mention it (control)');
    });

    await t.test('the article’s manifest, and one with a single container', async (t) => {
      const alone = MANIFEST.replace(/^ {2}- name: talker[\s\S]*/m, '');
      for (const input of [readFileSync(ARTICLE, 'utf8'), alone]) {
        const found = await nslab(host, engine, ['compare', 'docker', '-f', '-', '-o', 'json'], { input });
        t.same(different(rowsOf(found)), [], 'every difference is explained');
        t.equal(found.status, 0);
      }
    });

    await t.test('volumes: in memory, of a ConfigMap, of this host', async (t) => {
      const words = ['compare', 'docker', '-f', '-', '-o', 'json', '--allow-host-path'];
      const { status, stdout, stderr } = await nslab(host, engine, words, { input: VOLUMES });
      t.equal(status, 0, `every difference is explained: ${stderr}`);
      const { commands, leftOut, rows } = JSON.parse(stdout) as Record<'commands' | 'leftOut', string[]> & {
        rows: FactComparison[];
      };
      t.match(
        commands.filter((command) => /^docker volume/.test(command)),
        [/^docker volume create --label \S+ .*o=mode=0777,size=1048576 scratch-\w+$/],
      );
      const run = (role: string) => commands.find((command) => command.includes(` --name ${role}-`));
      t.match(run('writer'), /--mount=type=volume,source=scratch-\w+,target=\/data,volume-nocopy /);
      t.match(run('reader'), /--mount=type=volume,source=scratch-\w+,target=\/in,volume-nocopy,readonly /);
      t.match(
        run('reader'),
        /--mount=type=bind,source=\/run\/nslab\/pods\/\S+\/words,target=\/words,readonly /,
      );
      t.match(run('reader'), /--mount=type=bind,source=\/usr\/share\/doc,target=\/doc /);
      t.match(leftOut, [
        /"writer": a part of its volume scratch at \/part: Docker mounts whole volumes only/,
        /"reader": the files at \/words belong to our pod/,
      ]);
      const [volumes] = rows.filter(({ fact }) => fact === 'volumes');
      t.match(volumes, {
        verdict: 'same',
        theirs:
          /^pause: none; writer: \/data tmpfs writable; reader: \/in tmpfs read-only that of writer, \/doc \w+ writable, \/words \w+ read-only$/,
      });
      t.equal(await everything(host, engine), before, 'the engine and the host are as before');
      const refused = await nslab(host, engine, words.slice(0, -1), { input: VOLUMES });
      t.match(refused, { status: 2, stderr: /own files: \/usr\/share\/doc\nhint: --allow-host-path/ });
    });

    await engine.makeImages(PAUSE);
    await engine.makeNginxImage();
    const start = async (name: string, ...words: string[]) =>
      void (await engine.must('run', '-d', '--name', name, ...words));
    const joined = (donor: string) => [`--network=container:${donor}`, `--ipc=container:${donor}`];
    await start('pause', '--ipc=shareable', 'pause:3.1');
    await start('nginx', ...joined('pause'), 'nginx');
    await start('busybox', ...joined('pause'), ...LOOP);
    const base = await compared('--docker', 'pause,nginx,busybox');

    await t.test('running containers: ten facts, read a second time with plain tools', async (t) => {
      t.same(different(base), []);
      const theirFact = (fact: string) => base.find((row) => row.fact === fact)?.theirs;
      const sh = async (script: string) =>
        (await host.run(['bash', '-c', `${PIDS}\n${script}`])).stdout.trim();
      const same = (kind: string) =>
        sh(`for p in $pause $nginx $busybox; do readlink /proc/$p/ns/${kind}; done | uniq | wc -l`);
      t.same([theirFact('net'), await same('net')], ['pause: own; nginx, busybox: joined', '1']);
      t.same([theirFact('ipc'), await same('ipc')], ['pause: own; nginx, busybox: joined', '1']);
      t.same([theirFact('uts'), await same('uts')], ['own', '3'], 'Docker cannot share the host name');
      t.same([theirFact('pid'), await same('pid')], ['own', '3']);
      t.equal(theirFact('hostname'), 'the id of pause');
      t.equal(
        await engine.must('inspect', '-f', '{{slice .Id 0 12}}', 'pause'),
        await sh('nsenter -t $nginx -u hostname'),
      );
      t.match(
        theirFact('mtu'),
        `eth0 ${await sh("nsenter -t $pause -n ip -o link show eth0 | grep -o 'mtu [0-9]*' | cut -d' ' -f2")}`,
      );
      t.equal(
        theirFact('net.ipv4.ping_group_range')?.replace(' ', '\t'),
        await sh('nsenter -t $busybox -n cat /proc/sys/net/ipv4/ping_group_range'),
      );
      t.equal(
        theirFact('shm size'),
        `${Number(await engine.must('inspect', '-f', '{{.HostConfig.ShmSize}}', 'pause')) >> 20} MiB`,
      );
      t.equal(
        theirFact('oom score'),
        await engine.must('inspect', '-f', '{{.HostConfig.OomScoreAdj}}', 'nginx'),
      );
      t.equal(
        theirFact('seccomp'),
        (await sh('grep -h ^Seccomp: /proc/$nginx/status')).endsWith('2') ? 'by a filter' : 'no',
      );
      t.match(
        theirFact('listening'),
        await sh("nsenter -t $busybox -n ss -Hltn | awk '{print $4}' | head -1"),
        'in the shared network namespace',
      );
      t.match(
        theirFact('root'),
        await sh(
          'findmnt -N $nginx -no FSTYPE / 2>/dev/null || awk \'$5=="/"{print $(NF-2)}\' /proc/$nginx/mountinfo',
        ),
      );
    });

    await t.test('a change in Docker’s pod is exactly one more difference', async (t) => {
      await start('alone', '--network=container:pause', ...LOOP);
      t.same(
        different(await compared('--docker', 'pause,nginx,alone')),
        ['ipc'],
        'an ipc namespace of its own',
      );
      await start('mighty', ...joined('pause'), '--cap-add=NET_ADMIN', ...LOOP);
      t.same(
        different(await compared('--docker', 'pause,nginx,mighty')),
        ['capabilities'],
        'an additional capability',
      );
      await start('named', '--ipc=shareable', '--hostname=other', 'pause:3.1');
      await start('nginx2', ...joined('named'), 'nginx');
      await start('busybox2', ...joined('named'), ...LOOP);
      t.same(
        different(await compared('--docker', 'named,nginx2,busybox2')),
        ['hostname'],
        'another host name',
      );
      await host.run(['bash', '-c', `${PIDS}\nnsenter -t $pause -n ip link set dev eth0 mtu 1400`]);
      t.same(different(await compared('--docker', 'pause,nginx,busybox')), ['mtu'], 'another MTU');
      t.equal((await compare('--docker', 'pause,nginx,busybox')).status, 3, 'and that is status 3');
    });

    await t.test('a change in our pod is exactly one more difference', async (t) => {
      const ours = async (words: string[], input = '') => {
        const { status, stderr } = await nslab(host, engine, words, { input });
        if (status !== 0) throw new Error(`nslab ${words.join(' ')}: ${stderr}`);
      };
      const run = (pod: string, name: string, ...command: string[]) =>
        ours(['run', '-d', '--pod', pod, '--name', name, '--', ...command]);
      const make = async (pod: string, ...options: string[]) => {
        await ours(['hold', pod, ...options]);
        await run(pod, 'nginx', 'nginx', '-g', 'daemon off;');
        await run(pod, 'busybox', ...LOOP);
      };
      const beside = (pod: string) => compared('--docker', 'pause,nginx,busybox', '--pod', pod);
      await engine.must('rm', '-f', 'busybox', 'nginx', 'pause');
      await start('pause', '--ipc=shareable', 'pause:3.1');
      await start('nginx', ...joined('pause'), 'nginx');
      await start('busybox', ...joined('pause'), ...LOOP);

      await make('plain');
      t.same(different(await beside('plain')), [], 'unchanged');
      const apart = ['--network', 'container:plain', '--uts', 'container:plain'];
      await ours(['run', '-d', '--name', 'alone', ...apart, '--', ...LOOP]);
      t.same(different(await beside('plain,nginx,alone')), ['ipc'], 'an ipc namespace of its own');
      await make('named', '--hostname', 'other');
      t.same(different(await beside('named')), ['hostname'], 'another host name');
      await ours(['up', '-d', '-f', '-'], MIGHTY);
      t.same(different(await beside('mighty')), ['capabilities'], 'an additional capability');
      const { stdout } = await nslab(host, engine, ['inspect', 'plain', '-o', 'json']);
      const [pod] = (JSON.parse(stdout) as { items: { holder: { pid: number } }[] }).items;
      await host.run([
        'nsenter',
        '-t',
        `${pod?.holder.pid}`,
        '-n',
        'ip',
        'link',
        'set',
        'dev',
        'eth0',
        'mtu',
        '1300',
      ]);
      t.same(different(await beside('plain')), ['mtu'], 'another MTU');
      t.same(different(await beside('named')), ['hostname'], 'another pod is not affected (control)');

      t.match(await compare('--pod', 'nobody'), { status: 1, stderr: /no such pod or workload: nobody/ });
      t.match(await compare('--pod', 'plain,nginx'), { status: 2, stderr: /and two workloads of it/ });
      await ours(['down', '--all']);
    });

    await t.test('a saved file has no secret', async (t) => {
      await start('secretive', ...joined('pause'), '-e', 'TOKEN=tops3cret', ...LOOP);
      const words = ['--docker', 'pause,nginx,secretive', '--save', '/run/kept.json'];
      t.match(
        (await compare(...words, '-o', 'markdown')).stdout,
        /^\| environment \| .*TOKEN.* \| different \|/m,
      );
      const { stdout } = await host.run(['cat', '/run/kept.json']);
      t.match(stdout, /"environment": ".*TOKEN/, 'a variable’s name');
      t.notMatch(stdout, /tops3cret/, 'but not its value');
      t.match(await engine.must('inspect', 'secretive'), /tops3cret/, 'Docker itself shows it (control)');
    });

    t.match(await compare('--docker', 'pause,nginx,nobody'), { status: 1, stderr: /No such object: nobody/ });
    const away = await nslab(host, engine, ['compare', 'docker'], {
      env: { DOCKER_HOST: 'unix:///run/nobody' },
    });
    t.match(away, { status: 1, stderr: /no Docker engine answers: .*\nhint: .*--saved docker/ });
  });
}

const MANIFEST = `apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  containers:
  - {name: store, image: "redis:7", ports: [{containerPort: 6379, hostPort: 8088}]}
  - name: talker
    image: busybox
    command: [sh, -c, 'while true; do sleep 1; done']
    workingDir: /tmp
    env:
    - {name: GREETING, value: good day}
    - {name: WHERE, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    securityContext: {runAsUser: 1000, runAsGroup: 1000, capabilities: {drop: [NET_RAW]}}
`;

const VOLUMES = `apiVersion: v1
kind: Pod
metadata: {name: lender}
spec:
  containers:
  - name: writer
    image: busybox
    command: [sh, -c, 'while true; do sleep 1; done']
    volumeMounts: [{name: scratch, mountPath: /data}, {name: scratch, mountPath: /part, subPath: part}]
  - name: reader
    image: busybox
    command: [sh, -c, 'while true; do sleep 1; done']
    volumeMounts:
    - {name: scratch, mountPath: /in, readOnly: true}
    - {name: doc, mountPath: /doc}
    - {name: words, mountPath: /words}
  volumes:
  - {name: scratch, emptyDir: {sizeLimit: 1Mi}}
  - {name: doc, hostPath: {path: /usr/share/doc}}
  - {name: words, configMap: {name: words}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: words}
data: {greeting: hello}
`;

const MIGHTY = `apiVersion: v1
kind: Pod
metadata: {name: mighty}
spec:
  containers:
  - {name: nginx, image: nginx, command: [nginx, -g, daemon off;]}
  - name: busybox
    image: busybox
    command: [sh, -c, 'while true; do sleep 1; done']
    securityContext: {capabilities: {add: [NET_ADMIN]}}
`;

/** docker-run(1): net, ipc, uts, pid, mnt; joined, own, this host's. */
const BY_THE_BOOK: Readonly<Record<string, string>> = {
  '': 'ooooo',
  '--network=container:X': 'joooo',
  '--network=container:X --ipc=container:X': 'jjooo',
  '--network=container:X --ipc=container:X --pid=container:X': 'jjojo',
  '--network=container:X --uts=host': 'johoo',
  '--network=none': 'ooooo',
  '--network=none --ipc=host': 'ohooo',
  '--network=none --pid=host': 'oooho',
  '--network=host': 'hoooo',
};

const PIDS = `
for name in pause nginx busybox; do
  declare $name=$(docker -H unix:///run/engine/docker.sock inspect -f '{{.State.Pid}}' $name)
done`;
