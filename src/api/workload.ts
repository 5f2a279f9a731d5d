import { linesOf } from '../pod/log-lines.ts';
import { readLog } from '../pod/read-log.ts';
import { removeByForce, removeEnded } from '../pod/remove-ended.ts';
import { restartWorkloads } from '../pod/restart-workloads.ts';
import { signalWorkloads } from '../pod/signal-workloads.ts';
import { stopWorkloads } from '../pod/stop-workloads.ts';
import { viewWorkload, type WorkloadView } from '../pod/view.ts';
import { waitForWorkload } from '../pod/wait-for-workload.ts';
import { shellStatus } from '../pod/workload-record.ts';
import { checkNumber } from '../sys/number.ts';
import { type ExecProcess, type ExecResult, runCommand, startCommand } from './exec.ts';
import { Limit } from './limit.ts';
import type { Duration, ExecOptions, LimitOptions, LogOptions, SpawnOptions } from './options.ts';
import type { PodHandle } from './pod-handle.ts';
import * as schemas from './schemas.ts';
import { check } from './validate.ts';

/** A workload: a program in a pod, and what nslab knows of it. The workload of that name, whichever attempt runs. */
export class Workload {
  readonly name: string;
  /** The name of its pod. */
  readonly pod: string;
  readonly #pod: PodHandle;

  private constructor(pod: PodHandle, name: string) {
    this.name = name;
    this.pod = pod.name;
    this.#pod = pod;
  }

  /** @internal */
  static of(pod: PodHandle, name: string): Workload {
    return new Workload(pod, name);
  }

  /** The pid of its first process, as this process counts; undefined when it does not run. */
  get pid(): number | undefined {
    return this.#pod.workload(this.name).process?.pid;
  }

  /** Its state in kubectl's words, pid, exit status, restarts: what `nslab inspect POD/WORKLOAD` prints. */
  status(): WorkloadView {
    const pod = this.#pod.record();
    return viewWorkload(pod, this.#pod.workload(this.name));
  }

  /**
   * What it has written, line by line, without the newlines. A line of more than 64 KiB comes in parts.
   *
   * Equivalent to: `nslab logs [-f] [--tail N] POD/WORKLOAD`.
   */
  logs(options: LogOptions = {}): AsyncGenerator<string, void, undefined> {
    const { follow, tail, signal } = check(schemas.logOptions, options, 'Workload.logs');
    if (tail !== undefined) checkNumber('tail', tail, 'lines');
    const limit = new Limit(`following the log of ${this.#full}`, { signal });
    const log = readLog(this.#pod.record().files, this.#pod.workload(this.name), { follow, tail, signal });
    return heeding(limit, linesOf(log));
  }

  /**
   * Stops it: TERM, after the grace period KILL. Returns what is known of it then.
   *
   * Equivalent to: `nslab stop [--grace SECONDS] POD/WORKLOAD`.
   */
  async stop(options: { readonly grace?: Duration | undefined } = {}): Promise<WorkloadView> {
    const { grace } = check(schemas.stopOptions, options, 'Workload.stop');
    this.#pod.workload(this.name);
    await stopWorkloads(await this.#pod.context.place(), this.#full, grace);
    return this.status();
  }

  /** Sends a signal to its first process. Default: KILL. Equivalent to: `nslab kill -s SIGNAL POD/WORKLOAD`. */
  async kill(signal: string = 'SIGKILL'): Promise<void> {
    const checked = check(schemas.signal, signal, 'Workload.kill');
    this.#pod.workload(this.name);
    await signalWorkloads(await this.#pod.context.place(), this.#full, checked);
  }

  /** Stops it, and starts it with the same options. Equivalent to: `nslab restart POD/WORKLOAD`. */
  async restart(): Promise<void> {
    this.#pod.workload(this.name);
    const place = await this.#pod.context.place();
    await restartWorkloads(place, this.#full, (workload) => this.#pod.adopt({ workload }));
  }

  /** Waits until it has ended for good. The exit status as a shell has it. Equivalent to: `nslab wait POD/WORKLOAD`. */
  async wait(options: LimitOptions = {}): Promise<number> {
    const limit = new Limit(`waiting for ${this.#full}`, check(schemas.limit, options, 'Workload.wait'));
    this.#pod.workload(this.name);
    const { files } = this.#pod.record();
    return limit.run(async (signal) => shellStatus(await waitForWorkload(files, this.name, signal)));
  }

  /** Removes what is known of it. `force`: kills it first, if it runs. Equivalent to: `nslab rm [-f] POD/WORKLOAD`. */
  async remove(options: { readonly force?: boolean | undefined } = {}): Promise<void> {
    const { force = false } = check(schemas.removeOptions, options, 'Workload.remove');
    this.#pod.record();
    const place = await this.#pod.context.place();
    await (force ? removeByForce(place, this.#full) : removeEnded(place, this.#full));
  }

  /** Runs a command beside it: in its namespaces, with its root, user and limits. See `Pod.exec`. */
  async exec(command: readonly string[], options: Omit<ExecOptions, 'workload'> = {}): Promise<ExecResult> {
    const words = check(schemas.command, command, 'Workload.exec');
    const checked = check(schemas.execOptions, options, 'Workload.exec');
    return runCommand(this.#pod, words, { ...checked, workload: this.name });
  }

  /** The same as a stream. See `Pod.spawn`. */
  async spawn(
    command: readonly string[],
    options: Omit<SpawnOptions, 'workload'> = {},
  ): Promise<ExecProcess> {
    const words = check(schemas.command, command, 'Workload.spawn');
    const checked = check(schemas.spawnOptions, options, 'Workload.spawn');
    return (await startCommand(this.#pod, words, { ...checked, workload: this.name }, 'pipe')).child;
  }

  get #full(): string {
    return `${this.pod}/${this.name}`;
  }
}

/** What follows a log fails as other calls do when they are aborted. */
async function* heeding(limit: Limit, lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  try {
    yield* lines;
  } catch (error) {
    limit.check();
    throw error;
  }
}
