import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManifestSet, PodManifest } from '../manifest/read.ts';
import { bringUp } from '../pod/bring-up.ts';
import type { Host } from '../pod/host.ts';
import { addressOf } from '../pod/record.ts';
import { takeDown } from '../pod/take-down.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { listeningSockets } from '../sys/listening-sockets.ts';
import { shellWord } from '../transcript/shell-word.ts';
import type { Image } from '../translate/images/image.ts';
import { planPod } from '../translate/pod.ts';
import type { ComparedPod, Pids } from './compared-pod.ts';
import { type Container, inDockersWords } from './engine/commands.ts';
import { Engine, type Tell } from './engine/engine.ts';
import { makeImages } from './engine/images.ts';
import { makeProgramImage } from './engine/program-image.ts';
import { readFacts } from './facts.ts';
import { measure } from './measurements.ts';
import type { Recorded } from './recorded.ts';

/** A pod of a manifest on both sides, and how Docker was told of it. */
export interface Looked {
  readonly theirs: Recorded;
  readonly ours: Recorded;
  /** As anybody would type them: the images of this machine's programs, then the containers. */
  readonly commands: readonly string[];
  /** What Docker could not be told. */
  readonly leftOut: readonly string[];
  /** The names of the containers. */
  readonly joiners: readonly string[];
}

interface Wanted {
  readonly manifest: PodManifest;
  readonly reading: ManifestSet;
  readonly catalog: ReadonlyMap<string, Image>;
  readonly allowHostPath: boolean;
}

/** Is told what is said to the engine as it goes: all of it, and the commands that make the pod. */
interface Told {
  readonly tell: Tell;
  readonly command: Tell;
}

/** Makes it here, then in the engine, each with names of this run's own, looks at both, and takes both away. */
export async function lookAtManifest(
  host: Host,
  root: string,
  wanted: Wanted,
  { tell, command }: Told,
): Promise<Looked> {
  const run = randomBytes(4).toString('hex');
  const name = `compare-${run}`;
  const manifest = { ...wanted.manifest, name };
  const plan = planPod(manifest, wanted.reading, { ...wanted, network: undefined }, run);
  const check = () => host.interrupts.check();
  const engine = await Engine.find(run, tell);
  const commands: string[] = [];
  const typed = (line: string) => {
    commands.push(line);
    command(line);
  };
  try {
    const fresh = await bringUp(host, root, plan, tell);
    try {
      fresh.settle();
      fresh.pod.release();
      const { wiring } = fresh.pod.status ?? {};
      const workloads = plan.workloads(addressOf(wiring), wiring?.gateway);
      const places = { files: fresh.pod.files.files, called: (name: string) => `${name}-${run}` };
      const translated = { ...wanted, manifest, spec: plan.spec, workloads, places };
      const words = inDockersWords(translated, run, engine.label);
      const volumes = Object.fromEntries(words.containers.map(({ role, targets }) => [role, targets]));
      // In the order of the manifest: they were started side by side.
      const joined = words.containers.flatMap(
        ({ role }) => fresh.workloads.find((workload) => workload.name === role) ?? [],
      );
      if (joined.length === 0)
        throw new InputError('there is no container in this manifest that goes on running');
      const ours = {
        pids: pidsOf(
          fresh.holder.pid,
          joined.map(({ name, process }) => [name, process.pid]),
        ),
        meanings: { [name]: 'the name of the pod' },
        volumes,
      };
      const images = await imagesOf(engine, words.containers, wanted.catalog, typed);
      for (const volume of words.volumes) await say(engine, volume, typed);
      const theirs = {
        ...(await start(engine, run, words.containers, images, { check, command: typed })),
        volumes,
      };
      await quiet(theirs, check);
      await quiet(ours, check);
      return {
        theirs: await record(engine.name, theirs),
        ours: await record('nslab', ours),
        commands,
        leftOut: words.leftOut,
        joiners: joined.map(({ name }) => name),
      };
    } finally {
      await takeDown(host, root, [name]);
      for (const workload of fresh.workloads) workload.letGo();
      fresh.holder.letGo();
    }
  } finally {
    await engine.leave();
  }
}

/** One for each program: pause and the article's as ever, any other of what this machine has of it. */
async function imagesOf(
  engine: Engine,
  containers: readonly Container[],
  catalog: ReadonlyMap<string, Image>,
  command: Tell,
): Promise<ReadonlyMap<string | undefined, string>> {
  const wanted = new Map(containers.map((container) => [container.image, container]));
  const usual = (['busybox', 'nginx'] as const).filter((name) => wanted.has(name));
  const made = await makeImages(engine, ['pause', ...usual], command);
  const found = new Map<string | undefined, string>([[undefined, made.pause]]);
  for (const name of usual) found.set(name, made[name]);
  for (const [name, container] of wanted) {
    if (name === undefined || found.has(name)) continue;
    const image = catalog.get(name);
    const [program = ''] = container.command;
    found.set(name, await makeProgramImage(engine, name, { program, image }, command));
  }
  return found;
}

async function start(
  engine: Engine,
  run: string,
  containers: readonly Container[],
  images: ReadonlyMap<string | undefined, string>,
  { check, command }: { check: () => void; command: Tell },
): Promise<ComparedPod> {
  const found: [string, number][] = [];
  const meanings: Record<string, string> = {};
  for (const { role, options, image, command: own } of containers) {
    check();
    const name = `${role}-${run}`;
    const words = [
      'run',
      '-d',
      '--label',
      engine.label,
      '--name',
      name,
      ...options,
      images.get(image) ?? '',
      ...own,
    ];
    await say(engine, words, command);
    const { pid, id } = await engine.processOf(name).catch((error: OperationError) => {
      throw new OperationError(`Docker's container of "${role}" has ended at once: ${error.message}`, {
        hint: 'an image is made of the program and its libraries alone: what else it reads is not in it',
      });
    });
    found.push([role, pid]);
    // Docker's default host name is the first twelve digits.
    meanings[id.slice(0, 12)] = `the id of ${role}`;
  }
  return { pids: pidsOf(found[0]?.[1] ?? 0, found.slice(1)), meanings };
}

/** Tells it as it would be typed, and does it. */
async function say(engine: Engine, words: readonly string[], command: Tell): Promise<void> {
  command(['docker', ...words].map(shellWord).join(' '));
  await engine.docker(...words);
}

function pidsOf(pause: number, others: readonly (readonly [string, number])[]): Pids {
  return { pause, ...Object.fromEntries(others) };
}

async function record(of: string, trio: ComparedPod): Promise<Recorded> {
  return { of, facts: await readFacts(trio), figures: measure({ trio, times: {} }) };
}

/** Waits until nobody begins to listen any more: what is read before that is of another moment on each side. */
async function quiet({ pids }: ComparedPod, check: () => void): Promise<void> {
  let [before, since] = ['', performance.now()];
  for (const end = since + PATIENCE; performance.now() < end; await sleep(20)) {
    check();
    const now = JSON.stringify((['tcp', 'udp'] as const).map((each) => listeningSockets(each, pids.pause)));
    if (now !== before) [before, since] = [now, performance.now()];
    else if (performance.now() - since > QUIET) return;
  }
}

const PATIENCE = 5000;
const QUIET = 400;
