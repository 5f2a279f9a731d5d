import { type Host, openHost } from '../pod/host.ts';
import { requireRoot } from '../pod/require-root.ts';
import { defaultRoot } from '../pod/store.ts';
import type { Place } from '../pod/with-workloads.ts';
import { guarded } from '../service/policy-sync.ts';
import { Transcript } from '../transcript/transcript.ts';
import type { Options } from './options.ts';

/** What an object of the library acts through. The machine is opened at the first call that changes something. */
export class Context {
  /** The state directory. */
  readonly root: string;
  readonly transcript: Transcript;
  readonly warn: (line: string) => void;
  readonly #driver: Options['driver'];
  #host: Promise<Host> | undefined;

  constructor({ stateDir = defaultRoot(), transcript = new Transcript(), warn = () => {}, driver }: Options) {
    this.root = stateDir;
    this.transcript = transcript;
    this.warn = warn;
    this.#driver = driver;
  }

  async place(): Promise<Place> {
    requireRoot();
    this.#host ??= openHost(this.transcript, this.warn, this.#driver).then(guarded);
    return { root: this.root, host: await this.#host };
  }
}
