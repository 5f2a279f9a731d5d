import { Host, program } from './host.ts';
import type { Timed } from './stopwatch.ts';

const { nslab, manifest } = program;

/** Node alone, our commands, and Docker's for the same: how long somebody waits who types one. */
export async function measureCommands(rounds: number): Promise<Record<string, number[]>> {
  await using host = await Host.create();
  const engine = await host.engine();
  const docker = engine && ((...words: string[]) => engine.command(...words));
  await host.run(nslab('hold', 'bench'));
  await host.run(nslab('run', '-d', '--name', 'w', '--pod', 'bench', '--', 'sleep', 'infinity'));
  if (docker) await host.run(docker('run', '-d', '--name', 'bench', 'busybox', 'sleep', '1000'));
  const commands: Timed[] = [
    { what: 'node -e 0', command: ['node', '-e', '0'] },
    { what: 'nslab version', command: nslab('version') },
    { what: 'nslab ps', command: nslab('ps') },
    { what: 'nslab exec POD true', command: nslab('exec', 'bench', 'true') },
    { what: 'nslab exec POD/WORKLOAD true', command: nslab('exec', 'bench/w', 'true') },
    ...(docker ? [{ what: 'docker exec CONTAINER true', command: docker('exec', 'bench', 'true') }] : []),
    {
      what: 'nslab up -d, the article’s pod',
      command: nslab('up', '-d', '-f', manifest),
      after: nslab('down', '-f', manifest),
    },
    ...(docker ? [threeRuns(docker)] : []),
  ];
  const found = await host.watch(rounds, commands);
  await host.run(nslab('down', '--all'));
  return { ...found, ...(await measureMany(rounds)), ...(await measureRefusals(rounds)) };
}

/** Hundreds of pods in one command. */
async function measureMany(rounds: number): Promise<Record<string, number[]>> {
  await using host = await Host.create();
  const file = '/tmp/two-hundred.yaml';
  await host.sh(`cat >${file} <<'END'\n${TWO_HUNDRED}\nEND`);
  return await host.watch(Math.min(rounds, 5), [
    {
      what: 'nslab hold, 500 names',
      command: nslab('hold', ...Array.from({ length: 500 }, (_, n) => `many${n}`)),
      after: nslab('down', '--all'),
    },
    {
      what: 'nslab up -d, 200 pods with a workload each',
      command: nslab('up', '-d', '-f', file),
      after: nslab('down', '--all'),
    },
  ]);
}

const TWO_HUNDRED = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: many }
spec:
  replicas: 200
  selector: { matchLabels: { app: many } }
  template:
    metadata: { labels: { app: many } }
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{ name: w, image: busybox, command: [sleep, "1000"] }]`;

/** Manifests that are too much: each is refused, and how soon is what is bounded. */
async function measureRefusals(rounds: number): Promise<Record<string, number[]>> {
  await using host = await Host.create();
  const refused = async (what: string, make: string): Promise<Timed> => {
    const file = `/tmp/${what.replace(/\W/g, '-')}.yaml`;
    await host.sh(`${make} >${file}`);
    const up = nslab('up', '-d', '-f', file).join(' ');
    return { what: `nslab up, refused: ${what}`, command: ['sh', '-c', `${up} 2>/dev/null; [ $? = 2 ]`] };
  };
  const pod = `echo '${POD}'`;
  const many = `seq -f '  - { name: c%g, image: busybox, image: again }' 3000`;
  return await host.watch(Math.min(rounds, 5), [
    await refused('100 MB', "head -c 100000000 /dev/zero | tr '\\0' a"),
    await refused(
      '400 kB of $(',
      `{ ${pod}; printf '  - { name: a, image: busybox, args: ["'; yes '$(' | head -n 200000 | tr -d '\\n'; echo '"] }'; }`,
    ),
    await refused('3 000 containers with a fault each', `{ ${pod}; ${many}; }`),
    await refused(
      'an argument of 3 MB',
      `{ ${pod}; printf '  - { name: a, image: busybox, args: ["'; head -c 3000000 /dev/zero | tr '\\0' a; echo '"] }'; }`,
    ),
  ]);
}

const POD = `apiVersion: v1
kind: Pod
metadata: { name: much }
spec:
  containers:`;

type Docker = (...words: string[]) => string[];

/** The article's three commands. */
function threeRuns(docker: Docker): Timed {
  const joined = '--network=container:pause --ipc=container:pause';
  const loop = "'while true; do echo hello; sleep 1; done'";
  const run = docker('run', '-d').join(' ');
  const lines = [
    `${run} --name pause --ipc=shareable pause:3.1`,
    `${run} --name nginx ${joined} nginx`,
    `${run} --name busybox ${joined} busybox sh -c ${loop}`,
  ];
  return {
    what: 'docker run, three times: the article’s pod',
    command: ['sh', '-ec', lines.join('\n')],
    after: docker('rm', '-f', 'nginx', 'busybox', 'pause'),
  };
}
