import type { DriverName } from '../net/driver.ts';
import { type Matrix, namespaceMatrix } from '../observe/matrix.ts';
import { startExec } from '../pod/exec.ts';
import { collect } from '../pod/gc.ts';
import { type Host, openHost } from '../pod/host.ts';
import { makePods } from '../pod/make-pods.ts';
import { addressOf } from '../pod/record.ts';
import { runWorkload } from '../pod/run-workload.ts';
import { defaultRoot, readPod } from '../pod/store.ts';
import { takeDown } from '../pod/take-down.ts';
import { findTarget } from '../pod/target.ts';
import { makePod, type OwnedPod } from '../pod/up.ts';
import { type PodView, subjects, viewPod } from '../pod/view.ts';
import type { OwnedWorkload } from '../pod/workload.ts';
import { waitForWorkload } from '../pod/workload.ts';
import { shellStatus } from '../pod/workload-record.ts';
import type { PodSpec, ShareKind } from '../spec/pod-spec.ts';
import type { Origin, WorkloadSpec } from '../spec/workload-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { Transcript } from '../transcript/transcript.ts';

/** Where and how a program of yours uses nslab. */
export interface Options {
  /** The state directory. Default: `/run/nslab`. */
  readonly stateDir?: string | undefined;
  /** Who configures the network: messages of our own (`netlink`, the default), or iproute2. */
  readonly driver?: DriverName | undefined;
  /** Receives what the user should know and did not ask for. Default: nobody. */
  readonly warn?: ((line: string) => void) | undefined;
  /** Receives every event as it happens. */
  readonly transcript?: Transcript | undefined;
}

/** What `createMany` takes beside. */
export interface ManyOptions extends Options {
  /** Told of each pod as soon as it is there. Default: nobody. */
  readonly each?: ((pod: Pod) => void) | undefined;
}

/** A workload as a program of yours wants it: what it does not name is shared as in a Kubernetes pod. */
export type WorkloadOptions = Omit<WorkloadSpec, 'origins'> & {
  readonly origins?: Partial<Record<ShareKind, Origin>>;
};

/** What a command inside has written, and how it ended. */
export interface ExecResult {
  /** The exit status as a shell has it: 128+n for signal n. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A pod: a holder process that keeps namespaces alive, wired to a network, and the workloads in it.
 *
 * It ends with its scope (`await using`), and also when this process dies, however it dies: its holder and shims
 * hang on pipes of ours. `detach()` moves the ownership to the machine, as the command line does.
 */
export class Pod implements AsyncDisposable {
  readonly name: string;
  readonly #root: string;
  readonly #host: Host;
  readonly #fresh: OwnedPod;
  readonly #workloads: OwnedWorkload[] = [];
  #owned = true;

  private constructor(name: string, root: string, host: Host, fresh: OwnedPod) {
    this.name = name;
    this.#root = root;
    this.#host = host;
    this.#fresh = fresh;
  }

  /**
   * Makes a pod. Needs root. Throws an error with `message` and `hint`, having undone whatever it had begun.
   *
   * Equivalent to: `nslab hold NAME`.
   */
  static async create(spec: PodSpec & Options): Promise<Pod> {
    const { stateDir, warn, transcript, driver, ...wish } = spec;
    const [pod] = await Pod.createMany([wish], { stateDir, warn, transcript, driver });
    return pod as Pod;
  }

  /**
   * Makes many pods, one after the other: the machine's processors gain little here, because the kernel has one lock for
   * all of its network configuration. All of them are made, or none is left.
   *
   * Equivalent to: `nslab hold NAME…`.
   */
  static async createMany(specs: readonly PodSpec[], options: ManyOptions = {}): Promise<Pod[]> {
    const {
      stateDir: root = defaultRoot(),
      warn = () => {},
      transcript = new Transcript(),
      driver,
    } = options;
    const host = await openHost(transcript, warn, driver);
    await collect(host, root, 'quiet', ({ what, why }) => warn(`removed ${what}: ${why}`));
    const pods: Pod[] = [];
    const makers = specs.map((spec) => () => makePod(host, root, spec));
    await makePods(host, root, makers, (fresh) => {
      // Released at once: the caller may start a workload in it before the next pod is made.
      fresh.pod.release();
      const pod = new Pod(fresh.pod.intent.name, root, host, fresh);
      pods.push(pod);
      options.each?.(pod);
    });
    return pods;
  }

  /** The pid of the holder. */
  get pid(): number {
    return this.#fresh.holder.pid;
  }

  /** The pod's address, without its prefix length; undefined for a pod without a network. */
  get address(): string | undefined {
    return addressOf(this.#fresh.pod.status?.wiring);
  }

  /** Starts a workload in the pod: net, ipc and uts of the holder, a pid and a mount namespace of its own. */
  async run(wish: WorkloadOptions): Promise<{ readonly name: string; readonly pid: number }> {
    const joined: Origin = { of: this.name };
    const origins = { net: joined, ipc: joined, uts: joined, pid: 'new' as const, ...wish.origins };
    const { pod, workload } = await runWorkload(this.#host, this.#root, { ...wish, origins }, 'log');
    pod.release();
    this.#workloads.push(workload);
    return { name: workload.name, pid: workload.process.pid };
  }

  /** Runs a command inside and waits for it: in the holder's namespaces, or in those of one workload. */
  async exec(command: readonly string[], workload?: string): Promise<ExecResult> {
    const target = findTarget(this.#root, workload === undefined ? this.name : `${this.name}/${workload}`);
    const wish = { command, stdin: false, tty: false, privileged: false, output: 'pipe' } as const;
    const { child } = await startExec(this.#host.transcript, target, wish);
    child.ref();
    const closed = new Promise<number>((resolve) => {
      child.once('close', (code) => resolve(code ?? 137));
    });
    const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { status, stdout, stderr };
  }

  /** Waits until a workload has ended for good. The exit status as a shell has it. */
  async wait(workload: string): Promise<number> {
    return shellStatus(await waitForWorkload(readPod(this.#root, this.name).files, workload));
  }

  /** Who shares which namespace with whom: the holder and every workload, by inode, read from the kernel. */
  matrix(): Matrix {
    return namespaceMatrix(subjects(readPod(this.#root, this.name)));
  }

  /** All that is known of the pod: what `nslab inspect` prints. */
  inspect(): PodView {
    return viewPod(readPod(this.#root, this.name));
  }

  /** Gives the pod to the machine: it outlives its scope and this process. `nslab down NAME` ends it then. */
  async detach(): Promise<void> {
    this.#owned = false;
    await this.#fresh.detach();
    await Promise.all(this.#workloads.map((workload) => workload.stay()));
  }

  /** Ends the workloads (TERM, grace, KILL), then the pod, and waits until nothing is left. Twice is fine. */
  async destroy(): Promise<void> {
    await Pod.destroyMany([this]);
  }

  /**
   * The same for many at once: their grace periods pass together, and their links are deleted as one group, which takes
   * as long as one link alone. Equivalent to: `nslab down NAME…`.
   */
  static async destroyMany(pods: readonly Pod[]): Promise<void> {
    const [first] = pods;
    if (!first) return;
    for (const pod of pods) pod.#owned = false;
    try {
      await takeDown(
        first.#host,
        first.#root,
        pods.map(({ name }) => name),
      );
    } finally {
      for (const pod of pods) pod.#letGo();
    }
  }

  #letGo(): void {
    this.#fresh.holder.letGo();
    for (const workload of this.#workloads) workload.letGo();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#owned) await this.destroy();
  }
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (!stream) throw new OperationError('no output to read');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
