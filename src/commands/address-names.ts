import { addressesOf } from '../pod/record.ts';
import { podNames, readMaybePod } from '../pod/store.ts';
import { readServices } from '../service/record.ts';
import { serviceTitle } from '../spec/service-spec.ts';
import type { Wiring } from '../spec/wiring.ts';

/** Who has which address: this host, our pods, what is wired to them, and Services, which no interface has. */
export class AddressNames {
  readonly #names = new Map<string, string>();
  readonly #root: string;
  /** From when on the records may be read again, in milliseconds. */
  #due = 0;

  constructor(root: string, { places }: Wiring) {
    this.#root = root;
    for (const { label, whose, interfaces } of places) {
      const name = whose[0]?.by === 'host' ? 'host' : label;
      for (const { kind, addresses } of interfaces)
        if (kind !== 'loopback')
          for (const address of addresses) this.#add(address.replace(/\/.*$/, ''), name);
    }
    this.#readRecords();
  }

  /** `pod web`, `Service web`, `host`. A pod that came meanwhile is found in the records. */
  readonly nameOf = (address: string): string | undefined => {
    if (!this.#names.has(address) && performance.now() > this.#due) this.#readRecords();
    return this.#names.get(address);
  };

  /** What an event has told. Undefined: it is free again. */
  learn(address: string, name: string | undefined): void {
    if (name === undefined) this.#names.delete(address);
    else this.#names.set(address, name);
  }

  get all(): ReadonlyMap<string, string> {
    return this.#names;
  }

  #add(address: string, name: string): void {
    if (!this.#names.has(address)) this.#names.set(address, name);
  }

  #readRecords(): void {
    const begun = performance.now();
    for (const pod of podNames(this.#root))
      for (const address of addressesOf(readMaybePod(this.#root, pod)?.status))
        this.#add(address, `pod ${pod}`);
    try {
      for (const service of readServices(this.#root))
        if (service.clusterIP !== undefined && service.clusterIP !== 'None')
          this.#add(service.clusterIP, `Service ${serviceTitle(service)}`);
    } catch {
      // A damaged record: `nslab service ls` says which. The packets are shown all the same.
    }
    // However many pods there are, and unknown addresses, this takes a tenth of the time.
    const took = performance.now() - begun;
    this.#due = begun + Math.max(50, 10 * took);
  }
}
