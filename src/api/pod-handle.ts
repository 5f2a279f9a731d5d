import { existsSync } from 'node:fs';
import { podGone } from '../pod/ending.ts';
import { findHolder } from '../pod/find-process.ts';
import { letGo } from '../pod/make-pods.ts';
import type { Running } from '../pod/run-workload.ts';
import { type PodRecord, podFiles, readMaybePod, readPod } from '../pod/store.ts';
import type { OwnedPod } from '../pod/up.ts';
import { readWorkload, type WorkloadRecord } from '../pod/workload-record.ts';
import { checkName } from '../spec/names.ts';
import { OperationError } from '../sys/errors.ts';
import type { Context } from './context.ts';

/** A workload that this process has started. One that was started again has nothing to finish: it was begun before. */
type Started = Pick<Running, 'workload'> & Partial<Pick<Running, 'finish'>>;

/** One pod: what its Pod and its Workloads have in common. A pod of the same name that is made later is another one. */
export class PodHandle {
  readonly name: string;
  readonly context: Context;
  /** As it was when this object was made: names and addresses do not change. */
  readonly made: PodRecord;
  #owned: OwnedPod | undefined;
  readonly #workloads = new Map<string, Started>();
  #isDestroyed = false;

  constructor(context: Context, made: PodRecord, owned?: OwnedPod) {
    this.context = context;
    this.name = made.intent.name;
    this.made = made;
    this.#owned = owned;
  }

  /** Whether the pod ends with this process. */
  get isOwned(): boolean {
    return this.#owned !== undefined;
  }

  /** The pid of its holder, as this process counts. */
  get holder(): number {
    const pid = (findHolder(this.made) ?? this.made.status?.holder)?.pid;
    if (pid === undefined) throw new OperationError(`pod "${this.name}" has no holder yet`);
    return pid;
  }

  /** The pod as it is on record now. Throws when it is gone. */
  record(): PodRecord {
    if (this.#isDestroyed)
      throw new OperationError(`pod "${this.name}" was destroyed by this program`, {
        code: 'ERR_DESTROYED',
        hint: 'make it again: Pod.create',
      });
    const { root } = this.context;
    const record = existsSync(podFiles(root, this.name).intent) ? readPod(root, this.name) : undefined;
    if (record?.intent.uid !== this.made.intent.uid) throw podGone(this.name);
    return record;
  }

  /** Whether the name is another pod's by now. One whose record is damaged is taken for this one. */
  isReplaced(): boolean {
    const { root } = this.context;
    const record = readMaybePod(root, this.name);
    return record !== undefined && record.intent.uid !== this.made.intent.uid;
  }

  workload(name: string): WorkloadRecord {
    const found = readWorkload(this.record().files, checkName('workload', name));
    if (found) return found;
    throw new OperationError(`pod "${this.name}" has no workload "${name}"`, {
      code: 'ERR_WORKLOAD_NOT_FOUND',
    });
  }

  /** A workload that was started: it is as much this process's as its pod. */
  async adopt(started: Started): Promise<void> {
    if (!this.isOwned) return giveAway(started);
    const { name } = started.workload;
    const before = this.#workloads.get(name);
    this.#workloads.set(name, started);
    if (before) await letGoOf(before);
  }

  async detach(): Promise<void> {
    const owned = this.#owned;
    this.#owned = undefined;
    await owned?.detach();
    await Promise.all([...this.#workloads.values()].map(giveAway));
    this.#workloads.clear();
  }

  /** What was owned has ended, or ends now. `isDestroyed`: nothing of the pod is left. */
  async letGo(isDestroyed: boolean): Promise<void> {
    const owned = this.#owned;
    const started = [...this.#workloads.values()];
    this.#owned = undefined;
    this.#workloads.clear();
    this.#isDestroyed ||= isDestroyed;
    if (owned) await letGo(owned);
    await Promise.all(started.map(letGoOf));
  }
}

async function giveAway({ workload, finish }: Started): Promise<void> {
  await workload.stay();
  await finish?.();
}

async function letGoOf({ workload, finish }: Started): Promise<void> {
  workload.letGo();
  await finish?.();
}
