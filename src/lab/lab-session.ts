import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecResult } from '../api/exec.ts';
import { Network } from '../api/network.ts';
import type { Options, WorkloadOptions } from '../api/options.ts';
import { Pod } from '../api/pod.ts';
import { type Host, openHost, openInterrupts } from '../pod/host.ts';
import { removeWorkload } from '../pod/remove-workload.ts';
import { defaultRoot } from '../pod/store.ts';
import type { NetworkSpec } from '../spec/network-spec.ts';
import type { PodSpec } from '../spec/pod-spec.ts';
import type { Owner } from '../spec/wiring.ts';
import { OperationError } from '../sys/errors.ts';
import { runLines } from './run-lines.ts';

/** The options of a lab's pod. Its name is derived from its role, and its networks are roles of networks. */
export type LabPodOptions = Omit<PodSpec, 'name' | 'network'> & {
  readonly network?: string | readonly string[];
};

/** The options of the library; the transcript is required. */
export type LabSessionOptions = Options & { readonly transcript: NonNullable<Options['transcript']> };

/**
 * Creates a lab's pods and networks and removes them in reverse order. A role (`web`, `web/nginx`) names a pod or a process
 * within a lab. Names outside carry a random suffix, so two labs can run at once. When this process is killed, the pods end
 * with it and gc removes the rest.
 */
export class LabSession {
  /** The suffix of this session's names. */
  readonly id = randomBytes(2).toString('hex');
  /** Set by signals: the lab stops before the next step. */
  readonly interrupts = openInterrupts();
  /** Aborted by a signal: an open question closes, and gives the terminal back. */
  readonly leaving = new AbortController();
  readonly #options: LabSessionOptions;
  #host: Promise<Host> | undefined;
  readonly #pods = new Map<string, Pod>();
  readonly #pids = new Map<string, number>();
  readonly #networks = new Map<string, Network>();
  readonly #undo: (() => Promise<void>)[] = [];

  constructor(options: LabSessionOptions) {
    this.#options = options;
  }

  /** Creates a pod: a holder and its network. Its host name is its role; `network` may be the role of a network. */
  async pod(role: string, options: LabPodOptions = {}): Promise<Pod> {
    const { network: wanted, share, ...rest } = options;
    const nameOf = (role: string) => this.#networks.get(role)?.name ?? role;
    const network = typeof wanted === 'string' ? nameOf(wanted) : wanted?.map(nameOf);
    return this.#keep(
      role,
      await Pod.create({
        ...((share?.includes('uts') ?? true) && { hostname: role }),
        ...rest,
        ...(share && { share }),
        ...(network !== undefined && { network }),
        name: this.nameOf(role),
        ...this.#options,
      }),
    );
  }

  /** Creates the pod of a manifest, which labels it for Services and NetworkPolicies. `network` is the role of a network. */
  async podFromManifest(role: string, manifest: object, network: string): Promise<Pod> {
    return this.#keep(
      role,
      await Pod.fromManifest(manifest, {
        network: this.#networks.get(network)?.name ?? network,
        ...this.#options,
      }),
    );
  }

  #keep(role: string, pod: Pod): Pod {
    this.#pods.set(role, pod);
    this.#pids.set(role, pod.pid);
    this.addUndo(async () => {
      await pod.destroy();
      this.#pods.delete(role);
    });
    return pod;
  }

  /** Creates a network that is removed with its last pod. */
  async network(role: string, spec: Omit<NetworkSpec, 'name' | 'onDemand'> = {}): Promise<Network> {
    const network = await Network.create({
      ...spec,
      name: this.nameOf(role),
      onDemand: true,
      ...this.#options,
    });
    this.#networks.set(role, network);
    this.addUndo(async () => {
      await network.destroy();
      this.#networks.delete(role);
    });
    return network;
  }

  /** Starts a workload in a pod. */
  async run(
    role: string,
    name: string,
    command: readonly string[],
    options: Partial<WorkloadOptions> = {},
  ): Promise<void> {
    const { pid } = await this.podOf(role).run({ ...options, name, command });
    if (pid !== undefined) this.#pids.set(`${role}/${name}`, pid);
    this.addUndo(async () => removeWorkload(await this.host(), this.root, this.nameOf(role), name));
  }

  /** Runs shell lines. */
  async shell(lines: readonly string[]): Promise<void> {
    await runLines(lines);
  }

  /** A shell line that runs another one in the network namespace of a role: by its name, where that is a pod with one. */
  inNetwork(role: string, line: string): string {
    const isNamed = this.#pods.get(role)?.inspect().network.netns !== undefined;
    const enter = isNamed ? `ip netns exec ${this.nameOf(role)}` : `nsenter --target ${this.pid(role)} --net`;
    return `${enter} ${line}`;
  }

  /** The name of a network's nft table. */
  tableOf(network: string): string {
    const table = this.#networks.get(network)?.record.table;
    if (table === undefined) throw new OperationError(`this lab has no network "${network}" yet`);
    return table;
  }

  /** Runs a command in a pod or in a workload: `exec('web/nginx', …)`. */
  exec(target: string, command: readonly string[]): Promise<ExecResult> {
    const [role = '', workload] = target.split('/');
    return this.podOf(role).exec(command, { workload });
  }

  /** Waits until the predicate holds for a table: a server needs a moment until it listens. Gives up after `timeout` ms. */
  async until<Rows>(table: Readable<Rows>, holds: (rows: Rows) => boolean, timeout = 30_000): Promise<void> {
    for (const end = performance.now() + timeout; performance.now() < end; await sleep(20))
      if (holds(await table.read(this))) return;
  }

  /** The pod of a role. */
  podOf(role: string): Pod {
    const pod = this.#pods.get(role);
    if (!pod) throw new OperationError(`this lab has no pod "${role}" yet`);
    return pod;
  }

  /** The pid of a role: a holder (`web`), a workload (`web/nginx`), or `host` (this process, in the host's namespaces). */
  pid(role: string): number {
    const pid = role === 'host' ? process.pid : this.#pids.get(role);
    if (pid === undefined) throw new OperationError(`this lab has no process "${role}" yet`);
    return pid;
  }

  /** Assigns a role to a process. */
  assign(role: string, pid: number): void {
    this.#pids.set(role, pid);
  }

  /** The host, for actions that the library does not offer. */
  host(): Promise<Host> {
    const { transcript, warn = () => {}, driver } = this.#options;
    this.#host ??= openHost(transcript, warn, driver);
    return this.#host;
  }

  /** The state directory. */
  get root(): string {
    return this.#options.stateDir ?? defaultRoot();
  }

  /** The name of a role's pod or network outside of the lab. */
  nameOf(role: string): string {
    return `${role}-${this.id}`;
  }

  /** Registers the undo of an action. */
  addUndo(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  /** The number of registered undos: a position for `unwind`. */
  get depth(): number {
    return this.#undo.length;
  }

  /** Runs the undos down to `depth`, the last one first. Continues after a failure and throws the first one at the end. */
  async unwind(depth = 0): Promise<void> {
    const failures: unknown[] = [];
    while (this.#undo.length > depth) {
      try {
        await this.#undo.pop()?.();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** The names of the existing pods. */
  pods(): string[] {
    return [...this.#pods.values()].map(({ name }) => name);
  }

  /** The existing pods by the pids of their holders: so a trace names the namespaces that it passes. */
  owners(): Map<number, Owner> {
    return new Map([...this.#pods.values()].map(({ pid, name }) => [pid, { by: 'pod', name }]));
  }

  /** Keeps everything: detaches the pods and forgets the undos. */
  async keep(): Promise<void> {
    this.#undo.length = 0;
    await Promise.all([...this.#pods.values()].map((pod) => pod.detach()));
  }
}

/** Anything that reads rows from the kernel. */
interface Readable<Rows> {
  read(session: LabSession): Promise<Rows>;
}
