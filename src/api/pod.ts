import { type Matrix, namespaceMatrix } from '../observe/matrix.ts';
import { addressesOf } from '../pod/record.ts';
import { runWorkload } from '../pod/run-workload.ts';
import { type PodView, subjects, viewPod } from '../pod/view.ts';
import { waitForPods } from '../pod/wait-for-pods.ts';
import { workloadNames } from '../pod/workload-record.ts';
import { checkName } from '../spec/names.ts';
import { InputError } from '../sys/errors.ts';
import { Context } from './context.ts';
import { type ExecProcess, type ExecResult, runCommand, startCommand } from './exec.ts';
import { Limit } from './limit.ts';
import { type Maker, toBringUp, toHold } from './makers.ts';
import type {
  ExecOptions,
  LimitOptions,
  ManifestOptions,
  Options,
  PodOptions,
  SpawnOptions,
  WorkloadOptions,
} from './options.ts';
import type { PodHandle } from './pod-handle.ts';
import { destroyHandles, findHandle, listHandles, makeHandles } from './pods.ts';
import * as schemas from './schemas.ts';
import { check } from './validate.ts';
import { Workload } from './workload.ts';

/** What `createMany` takes beside. */
export interface ManyOptions extends Options {
  /** Called with each pod as soon as it is made. */
  readonly each?: ((pod: Pod) => void) | undefined;
}

/**
 * A pod: a holder process that keeps namespaces alive, wired to a network, and the workloads in it.
 *
 * One that this program has made ends with its scope (`await using`), and also when this process dies, however it dies: its
 * holder and shims hang on pipes of ours. `detach()` moves the ownership to the machine, as the command line does. One that
 * `Pod.get` has found is the machine's already.
 */
export class Pod implements AsyncDisposable {
  readonly name: string;
  readonly #handle: PodHandle;

  private constructor(handle: PodHandle) {
    this.name = handle.name;
    this.#handle = handle;
  }

  /**
   * Makes a pod. Needs root. Throws an error with `code`, `message` and `hint`, having undone whatever it had begun.
   *
   * Equivalent to: `nslab hold NAME`.
   */
  static async create(options: PodOptions & Options): Promise<Pod> {
    const { stateDir, warn, transcript, driver, ...spec } = check(schemas.podOptions, options, 'Pod.create');
    const context = new Context({ stateDir, warn, transcript, driver });
    const [pod] = await Pod.#make(context, [toHold(spec)]);
    return pod as Pod;
  }

  /**
   * Makes many pods, one after the other: the machine's processors gain little here, because the kernel has one lock for
   * all of its network configuration. All of them are made, or none is left.
   *
   * Equivalent to: `nslab hold NAME…`.
   */
  static async createMany(specs: readonly PodOptions[], options: ManyOptions = {}): Promise<Pod[]> {
    const wanted = check(schemas.podSpecs, specs, 'Pod.createMany');
    const { each: _, ...common } = check(schemas.manyOptions, options, 'Pod.createMany');
    return Pod.#make(new Context(common), wanted.map(toHold), options.each);
  }

  /**
   * Makes the pod of a Kubernetes manifest, with its containers: a text (YAML or JSON), an object, or the `file:` URL of a file.
   * It returns when all runs that starts at once; `waitUntilReady` waits for the rest.
   *
   * Equivalent to: `nslab up -f FILE`.
   */
  static async fromManifest(manifest: string | object | URL, options: ManifestOptions = {}): Promise<Pod> {
    const [pod] = await Pod.#fromManifest(manifest, options, 'Pod.fromManifest');
    return pod as Pod;
  }

  /** The same for a manifest that declares several. All of them are made, or none is left. */
  static async manyFromManifest(
    manifest: string | object | URL,
    options: ManifestOptions = {},
  ): Promise<Pod[]> {
    return Pod.#fromManifest(manifest, options, 'Pod.manyFromManifest');
  }

  /** Finds a pod of any maker. It does not end with the scope, nor with this process. */
  static async get(name: string, options: Options = {}): Promise<Pod> {
    const wanted = checkName('pod', check(schemas.name, name, 'Pod.get'));
    const context = new Context(check(schemas.common, options, 'Pod.get'));
    return new Pod(findHandle(context, wanted));
  }

  /** All pods of the machine, in every state. One whose record is damaged is a warning. Equivalent to: `nslab ps -a`. */
  static async list(options: Options = {}): Promise<Pod[]> {
    const context = new Context(check(schemas.common, options, 'Pod.list'));
    return listHandles(context).map((handle) => new Pod(handle));
  }

  static async #fromManifest(
    manifest: string | object | URL,
    options: ManifestOptions,
    call: string,
  ): Promise<Pod[]> {
    const { stateDir, warn, transcript, driver, ...how } = check(schemas.manifestOptions, options, call);
    const context = new Context({ stateDir, warn, transcript, driver });
    const { plansOf } = await import('./manifest-source.ts');
    const plans = plansOf(manifest, how, context.warn, call);
    if (call === 'Pod.fromManifest' && plans.length > 1)
      throw new InputError(`this manifest declares ${plans.length} pods`, {
        hint: 'Pod.manyFromManifest makes all of them',
      });
    return Pod.#make(context, plans.map(toBringUp));
  }

  static async #make(
    context: Context,
    makers: readonly Maker[],
    each: (pod: Pod) => void = () => {},
  ): Promise<Pod[]> {
    const pods: Pod[] = [];
    await makeHandles(context, makers, (handle) => {
      const pod = new Pod(handle);
      pods.push(pod);
      each(pod);
    });
    return pods;
  }

  /** The pid of the holder. */
  get pid(): number {
    return this.#handle.holder;
  }

  /** The pod's address in its first network, without its prefix length; undefined for a pod without a network. */
  get address(): string | undefined {
    return this.addresses[0];
  }

  /** One for each of its networks, in their order. */
  get addresses(): readonly string[] {
    return addressesOf(this.#handle.made.status);
  }

  /**
   * Starts a workload in the pod: net, ipc and uts of the holder, a pid and a mount namespace of its own. It returns when the
   * program runs, and fails where that could not be executed. It belongs to this program as the pod does.
   *
   * Equivalent to: `nslab run -d --name NAME --pod POD -- COMMAND`.
   */
  async run(options: WorkloadOptions): Promise<Workload> {
    const spec = check(schemas.workloadOptions, options, 'Pod.run');
    this.#handle.record();
    const { host, root } = await this.#handle.context.place();
    const joined = { of: this.name };
    const origins = { net: joined, ipc: joined, uts: joined, pid: 'new' as const, ...spec.origins };
    const running = await runWorkload(host, root, { ...spec, origins }, 'log');
    try {
      await this.#handle.adopt(running);
    } finally {
      running.pod.release();
    }
    return Workload.of(this.#handle, running.workload.name);
  }

  /** A workload that the pod has, of any starter. */
  workload(name: string): Workload {
    const { name: found } = this.#handle.workload(check(schemas.name, name, 'Pod.workload'));
    return Workload.of(this.#handle, found);
  }

  /** All workloads that the pod has, running or not. */
  workloads(): Workload[] {
    return workloadNames(this.#handle.record().files).map((name) => Workload.of(this.#handle, name));
  }

  /**
   * Runs a command inside, and waits for it. It is killed, with what it has left behind, by `timeout` and `signal`.
   *
   * Equivalent to: `nslab exec POD[/WORKLOAD] COMMAND`.
   */
  async exec(command: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const words = check(schemas.command, command, 'Pod.exec');
    return runCommand(this.#handle, words, check(schemas.execOptions, options, 'Pod.exec'));
  }

  /** The same as a stream: what it writes can be read, and what it reads written, while it runs. */
  async spawn(command: readonly string[], options: SpawnOptions = {}): Promise<ExecProcess> {
    const words = check(schemas.command, command, 'Pod.spawn');
    const checked = check(schemas.spawnOptions, options, 'Pod.spawn');
    return (await startCommand(this.#handle, words, checked, 'pipe')).child;
  }

  /**
   * Waits until every container is ready, or the pod has done its work. Fails with ERR_POD_FAILED where that cannot come any
   * more; the pod stays as it is.
   */
  async waitUntilReady(options: LimitOptions = {}): Promise<void> {
    const checked = check(schemas.limit, options, 'Pod.waitUntilReady');
    this.#handle.record();
    const { timeout = Number.POSITIVE_INFINITY, signal } = checked;
    const limit = new Limit(`waiting for pod "${this.name}"`, { signal });
    const interrupts = { check: () => limit.check(), race: <T>(wanted: Promise<T>) => wanted };
    await waitForPods({ interrupts }, this.#handle.context.root, [this.name], timeout * 1000, () => {});
  }

  /** Who shares which namespace with whom: the holder and every workload, by inode, read from the kernel. */
  matrix(): Matrix {
    return namespaceMatrix(subjects(this.#handle.record()));
  }

  /** All that is known of the pod: what `nslab inspect` prints. */
  inspect(): PodView {
    return viewPod(this.#handle.record());
  }

  /** Gives the pod to the machine: it outlives its scope and this process. This object goes on; `destroy()` ends the pod. */
  async detach(): Promise<void> {
    this.#handle.record();
    await this.#handle.detach();
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
    await destroyHandles(pods.map((pod) => pod.#handle));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#handle.isOwned) await this.destroy();
  }
}
