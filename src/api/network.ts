import { createNetwork, removeNetwork } from '../net/network.ts';
import { type NetworkRecord, readNetwork } from '../net/record.ts';
import { type Host, openHost } from '../pod/host.ts';
import { withNetworks } from '../pod/networks-lock.ts';
import { defaultRoot } from '../pod/store.ts';
import { checkName } from '../spec/names.ts';
import type { NetworkSpec } from '../spec/network-spec.ts';
import { ourselves } from '../sys/procfs.ts';
import { Transcript } from '../transcript/transcript.ts';
import type { Options } from './pod.ts';

/** A network of pods: a bridge (or routes), a subnet with a lease for each pod, masquerade to the outside. */
export class Network implements AsyncDisposable {
  readonly name: string;
  /** What was chosen for it: subnet, gateway, MTU, the bridge's name. */
  readonly record: NetworkRecord;
  readonly #root: string;
  readonly #host: Host;

  private constructor(record: NetworkRecord, root: string, host: Host) {
    this.name = record.name;
    this.record = record;
    this.#root = root;
    this.#host = host;
  }

  /** Makes a network. Equivalent to: `nslab network create NAME`. With `onDemand` it goes with its last pod. */
  static async create(spec: NetworkSpec & Options): Promise<Network> {
    const {
      stateDir = defaultRoot(),
      warn = () => {},
      transcript = new Transcript(),
      driver,
      ...wish
    } = spec;
    checkName('network', wish.name);
    const host = await openHost(transcript, warn, driver);
    const record = await withNetworks(host, stateDir, () =>
      createNetwork(host, stateDir, { ...wish, ...(wish.onDemand && { maker: ourselves() }) }),
    );
    return new Network(record, stateDir, host);
  }

  /** Takes it down. Its pods must be gone. Twice is fine. */
  async destroy(): Promise<void> {
    await withNetworks(this.#host, this.#root, async () => {
      const record = readNetwork(this.#root, this.name);
      if (record) await removeNetwork(this.#host, this.#root, record);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }
}
