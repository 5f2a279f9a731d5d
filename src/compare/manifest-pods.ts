import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManifestSet, PodManifest } from '../manifest/read.ts';
import { bringUp } from '../pod/bring-up.ts';
import type { Host } from '../pod/host.ts';
import { letGo } from '../pod/make-pods.ts';
import { addressesOf } from '../pod/record.ts';
import { takeDown } from '../pod/take-down.ts';
import { waitForPods } from '../pod/wait-for-pods.ts';
import { readWorkloads } from '../pod/workload-record.ts';
import { InputError } from '../sys/errors.ts';
import { listeningSockets } from '../sys/listening-sockets.ts';
import type { Image } from '../translate/images/image.ts';
import { planPod } from '../translate/pod.ts';
import type { ComparedPod } from './compared-pod.ts';
import { dockerCommands } from './engine/docker-commands.ts';
import { Engine, type PrintCommand } from './engine/engine.ts';
import { startContainers } from './engine/start-containers.ts';
import { readFacts } from './facts.ts';
import { measure } from './measurements.ts';
import type { Recorded } from './recorded.ts';

/** The facts of a manifest's pod on both sides, and its translation to Docker. */
export interface RecordedPods {
  readonly theirs: Recorded;
  readonly ours: Recorded;
  /** As typed in a shell: the images, then the volumes and the containers. */
  readonly commands: readonly string[];
  /** What Docker has no option for. */
  readonly leftOut: readonly string[];
  /** The names of the containers. */
  readonly joiners: readonly string[];
}

interface ManifestPod {
  readonly manifest: PodManifest;
  readonly reading: ManifestSet;
  readonly catalog: ReadonlyMap<string, Image>;
  readonly allowHostPath: boolean;
}

interface Printers {
  /** Receives every command that the engine runs. */
  readonly all: PrintCommand;
  /** Receives the commands that make the pod. */
  readonly making: PrintCommand;
}

/** Makes the pod here, then in the engine, with names of this run, records both sides and removes both pods. */
export async function recordManifestPods(
  host: Host,
  root: string,
  wanted: ManifestPod,
  printers: Printers,
): Promise<RecordedPods> {
  const run = randomBytes(4).toString('hex');
  const name = `compare-${run}`;
  // One network on each side, those of an annotation are this host's alone; and alone it waits for no pod of its Job.
  const manifest = { ...wanted.manifest, name, attachments: [], job: undefined };
  const plan = planPod(manifest, wanted.reading, { ...wanted, network: undefined }, run);
  const check = () => host.interrupts.check();
  const engine = await Engine.find(run, printers.all);
  const commands: string[] = [];
  const print = (line: string) => {
    commands.push(line);
    printers.making(line);
  };
  try {
    const owned = await bringUp(host, root, plan);
    try {
      owned.settle();
      owned.pod.release();
      await waitForPods(host, root, [plan.spec.name], INITIALIZED_WITHIN, printers.all);
      const { status } = owned.pod;
      const workloads = plan.workloads(addressesOf(status)[0], status?.wiring[0]?.gateway);
      const locations = { files: owned.pod.files.files, dockerName: (name: string) => `${name}-${run}` };
      const pod = { ...wanted, manifest, spec: plan.spec, workloads, locations };
      const docker = dockerCommands(pod, run, engine.label);
      const volumes = Object.fromEntries(docker.containers.map(({ role, targets }) => [role, targets]));
      const running = readWorkloads(owned.pod.files).flatMap(({ name, process }) =>
        process ? [{ name, process }] : [],
      );
      // In the order of the manifest: they were started concurrently.
      const joined = docker.containers.flatMap(
        ({ role }) => running.find((workload) => workload.name === role) ?? [],
      );
      if (joined.length === 0) throw new InputError('this manifest has no container that keeps running');
      const joiners = Object.fromEntries(joined.map(({ name, process }) => [name, process.pid]));
      const ours: ComparedPod = {
        pids: { pause: owned.holder.pid, ...joiners },
        placeholders: { [name]: 'the name of the pod' },
        volumes,
      };
      const options = { catalog: wanted.catalog, check, print };
      const theirs = { ...(await startContainers(engine, run, docker, options)), volumes };
      await waitUntilQuiet(theirs, check);
      await waitUntilQuiet(ours, check);
      return {
        theirs: await record(engine.name, theirs),
        ours: await record('nslab', ours),
        commands,
        leftOut: [
          ...docker.leftOut,
          ...wanted.manifest.attachments.map(({ name }) => `network "${name}" of its annotation`),
        ],
        joiners: joined.map(({ name }) => name),
      };
    } finally {
      await takeDown(host, root, [plan.spec.name]);
      await letGo(owned);
    }
  } finally {
    await engine.cleanUp();
  }
}

async function record(of: string, compared: ComparedPod): Promise<Recorded> {
  return { of, facts: await readFacts(compared), figures: measure({ compared, times: {} }) };
}

/** Waits until the listening sockets stop changing: facts read earlier would differ by timing alone. */
async function waitUntilQuiet({ pids }: ComparedPod, check: () => void): Promise<void> {
  let [before, since] = ['', performance.now()];
  for (const end = since + TIMEOUT; performance.now() < end; await sleep(20)) {
    check();
    const now = JSON.stringify((['tcp', 'udp'] as const).map((each) => listeningSockets(each, pids.pause)));
    if (now !== before) [before, since] = [now, performance.now()];
    else if (performance.now() - since > QUIET) return;
  }
}

/** Its init containers must have ended, and what it serves be there, in milliseconds. */
const INITIALIZED_WITHIN = 120_000;

const TIMEOUT = 5000;
const QUIET = 400;
