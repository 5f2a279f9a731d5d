import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Network } from '../api/network.ts';
import { type ExecResult, type Options, Pod, type WorkloadOptions } from '../api/pod.ts';
import { type Host, openHost, openInterrupts } from '../pod/host.ts';
import { removeWorkload } from '../pod/remove-workload.ts';
import { defaultRoot } from '../pod/store.ts';
import type { NetworkSpec } from '../spec/network-spec.ts';
import type { PodSpec } from '../spec/pod-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { runLines } from './shell.ts';

/** A pod as a lab wants it: its name is made from the role that it plays. */
export type LabPodOptions = Omit<PodSpec, 'name' | 'network'> & { readonly network?: string };

/** Where its state is, and the transcript in which all that it does is written. */
export type LabSessionOptions = Options & { readonly transcript: NonNullable<Options['transcript']> };

/**
 * What a lab works at. Everything is made through the library and taken back in the reverse order; names end in a word
 * of this session's own, so that two labs at once are in nobody's way. Should this process be killed, the pods end with
 * it, and gc finds the rest on record.
 */
export class LabSession {
  /** What the names of this run end in. */
  readonly id = randomBytes(2).toString('hex');
  /** Whether somebody has asked the lab to stop. */
  readonly interrupts = openInterrupts();
  readonly #options: LabSessionOptions;
  #host: Promise<Host> | undefined;
  readonly #pods = new Map<string, Pod>();
  readonly #pids = new Map<string, number>();
  readonly #networks = new Map<string, Network>();
  readonly #undo: (() => Promise<void>)[] = [];

  constructor(options: LabSessionOptions) {
    this.#options = options;
  }

  /** Makes a pod: a holder and its network. Its host name is its role. */
  async pod(role: string, wish: LabPodOptions = {}): Promise<Pod> {
    const { network: played, share, ...rest } = wish;
    const network = played === undefined ? undefined : (this.#networks.get(played)?.name ?? played);
    const pod = await Pod.create({
      ...((share?.includes('uts') ?? true) && { hostname: role }),
      ...rest,
      ...(share && { share }),
      ...(network !== undefined && { network }),
      name: this.nameOf(role),
      ...this.#options,
    });
    this.#pods.set(role, pod);
    this.#pids.set(role, pod.pid);
    this.later(async () => {
      await pod.destroy();
      this.#pods.delete(role);
    });
    return pod;
  }

  /** Makes a network that goes with its last pod. */
  async network(role: string, wish: Omit<NetworkSpec, 'name' | 'onDemand'> = {}): Promise<Network> {
    const network = await Network.create({
      ...wish,
      name: this.nameOf(role),
      onDemand: true,
      ...this.#options,
    });
    this.#networks.set(role, network);
    this.later(async () => {
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
    wish: Partial<WorkloadOptions> = {},
  ): Promise<void> {
    const { pid } = await this.at(role).run({ ...wish, name, command });
    this.#pids.set(`${role}/${name}`, pid);
    this.later(async () => removeWorkload(await this.host(), this.root, this.nameOf(role), name));
  }

  /** Lines for a shell, as a learner would type them. */
  async shell(lines: readonly string[]): Promise<void> {
    await runLines(lines);
  }

  /** A line for a shell that does something in the network of a process: what a learner would type. */
  inNetwork(who: string, line: string): string {
    return `nsenter --target ${this.pid(who)} --net ${line}`;
  }

  /** The table of rules of a network, as nft(8) calls it. */
  tableOf(network: string): string {
    const table = this.#networks.get(network)?.record.table;
    if (table === undefined) throw new OperationError(`this lab has no network "${network}" yet`);
    return table;
  }

  /** A command in a pod, or beside one of its workloads: `exec('web/nginx', …)`. */
  exec(where: string, command: readonly string[]): Promise<ExecResult> {
    const [role = '', workload] = where.split('/');
    return this.at(role).exec(command, workload);
  }

  /** Waits until evidence says so: a server needs a moment until it listens. After `patience` milliseconds it is as it is. */
  async until<Rows>(item: Readable<Rows>, says: (rows: Rows) => boolean, patience = 3000): Promise<void> {
    for (const end = performance.now() + patience; performance.now() < end; await sleep(20))
      if (says(await item.read(this))) return;
  }

  /** The pod that plays a role. */
  at(role: string): Pod {
    const pod = this.#pods.get(role);
    if (!pod) throw new OperationError(`this lab has no pod "${role}" yet`);
    return pod;
  }

  /** The process that plays a role: a pod's holder, `web`, or a workload, `web/nginx`; `host` is nslab, which is at home. */
  pid(who: string): number {
    const pid = who === 'host' ? process.pid : this.#pids.get(who);
    if (pid === undefined) throw new OperationError(`this lab has no process "${who}" yet`);
    return pid;
  }

  /** Lets a process play a role. */
  cast(role: string, pid: number): void {
    this.#pids.set(role, pid);
  }

  /** Everything through which we act on the machine, for actions that the library does not have. */
  host(): Promise<Host> {
    const { transcript, warn = () => {}, driver } = this.#options;
    this.#host ??= openHost(transcript, warn, driver);
    return this.#host;
  }

  /** The state directory. */
  get root(): string {
    return this.#options.stateDir ?? defaultRoot();
  }

  /** What a pod or a network of this run is called outside. */
  nameOf(role: string): string {
    return `${role}-${this.id}`;
  }

  /** What is to be done to take back what was just made. */
  later(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  /** How much there is to take back: a place to come back to. */
  get depth(): number {
    return this.#undo.length;
  }

  /** Takes back all that was made since, the last first, also when one of them fails; then the first failure is thrown. */
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

  /** What the pods that stand now are called outside. */
  pods(): string[] {
    return [...this.#pods.values()].map(({ name }) => name);
  }

  /** Leaves everything to the machine. */
  async keep(): Promise<void> {
    this.#undo.length = 0;
    await Promise.all([...this.#pods.values()].map((pod) => pod.detach()));
  }
}

/** One table of evidence, read from the kernel. */
interface Readable<Rows> {
  read(session: LabSession): Promise<Rows>;
}
