import { podsIn } from '../net/ipam.ts';
import { findNetwork, type NetworkRecord, networkNames, readMaybeNetwork } from '../net/record.ts';
import { dropNetwork, makeNetwork } from '../pod/make-network.ts';
import type { Finish } from '../pod/unfinished.ts';
import { checkName } from '../spec/names.ts';
import { OperationError } from '../sys/errors.ts';
import { Context } from './context.ts';
import type { NetworkOptions, Options } from './options.ts';
import * as schemas from './schemas.ts';
import { check } from './validate.ts';

/** What `nslab network inspect` prints: what was chosen for the network, and its pods. */
export interface NetworkView extends NetworkRecord {
  readonly pods: readonly string[];
}

/**
 * A network of pods. One that this program has made ends with its scope (`await using`), unless it was given away by
 * `detach()`. It is not ended by the death of this process, as a pod is.
 */
export class Network implements AsyncDisposable {
  readonly name: string;
  /** What was chosen for it: subnet, gateway, MTU, the bridge's name. */
  readonly record: NetworkRecord;
  readonly #context: Context;
  /** Only of one that ends with its scope. */
  #finish: Finish | undefined;
  #isDestroyed = false;

  private constructor(context: Context, record: NetworkRecord, finish?: Finish) {
    this.name = record.name;
    this.record = record;
    this.#context = context;
    this.#finish = finish;
  }

  /** Makes a network. Needs root. Equivalent to: `nslab network create NAME`. */
  static async create(options: NetworkOptions & Options): Promise<Network> {
    const checked = check(schemas.networkOptions, options, 'Network.create');
    const { stateDir, warn, transcript, driver, ...spec } = checked;
    const context = new Context({ stateDir, warn, transcript, driver });
    checkName('network', spec.name);
    const { record, finish } = await makeNetwork(await context.place(), spec);
    return new Network(context, record, finish);
  }

  /** Finds a network of any maker. It does not end with the scope. Also `default`, while there is one. */
  static async get(name: string, options: Options = {}): Promise<Network> {
    const wanted = check(schemas.name, name, 'Network.get');
    const context = new Context(check(schemas.common, options, 'Network.get'));
    if (wanted !== 'default') checkName('network', wanted);
    return new Network(context, findNetwork(context.root, wanted));
  }

  /** All networks. One whose record is damaged is a warning. Equivalent to: `nslab network ls`. */
  static async list(options: Options = {}): Promise<Network[]> {
    const context = new Context(check(schemas.common, options, 'Network.list'));
    return networkNames(context.root)
      .toSorted()
      .flatMap((name) => {
        const record = readMaybeNetwork(context.root, name);
        if (record) return [new Network(context, record)];
        context.warn(`the record of network "${name}" cannot be used: see \`nslab network ls\``);
        return [];
      });
  }

  /** What was chosen for it, and the pods that are in it now. */
  inspect(): NetworkView {
    this.#refuseDestroyed();
    const record = findNetwork(this.#context.root, this.name);
    return { ...record, pods: podsIn(this.#context.root, this.name) };
  }

  /** Gives the network to the machine: it outlives its scope. This object goes on; `destroy()` ends the network. */
  async detach(): Promise<void> {
    this.#refuseDestroyed();
    await this.#letGo();
  }

  /** Takes it down. Refused with ERR_NETWORK_IN_USE while it has pods. Twice is fine. Equivalent to: `nslab network rm NAME`. */
  async destroy(): Promise<void> {
    try {
      await dropNetwork(await this.#context.place(), this.name, this.record.uid);
    } catch (error) {
      if (!(error instanceof OperationError && error.code === 'ERR_NETWORK_NOT_FOUND')) throw error;
    }
    this.#isDestroyed = true;
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    await this.#finish?.();
    this.#finish = undefined;
  }

  #refuseDestroyed(): void {
    if (this.#isDestroyed)
      throw new OperationError(`network "${this.name}" was destroyed by this program`, {
        code: 'ERR_DESTROYED',
        hint: 'make it again: Network.create',
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#finish) await this.destroy();
  }
}
