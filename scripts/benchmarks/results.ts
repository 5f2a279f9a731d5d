/** What `scripts/bench` finds, as it is kept in `results.json`. */
export interface Results {
  readonly machine: Machine;
  readonly creation: readonly Creation[];
  readonly profile?: Profile;
  /** Milliseconds of whole commands. */
  readonly commands: Readonly<Record<string, readonly number[]>>;
  readonly memory: readonly Memory[];
  readonly paths: readonly Path[];
  readonly growth?: Growth;
}

export interface Machine {
  readonly kernel: string;
  readonly processors: string;
  readonly node: string;
  readonly date: string;
  /** The load average before, where 0 is a quiet machine. */
  readonly load: number;
  readonly rounds: number;
}

/** Microseconds a pod. */
export interface Creation {
  readonly way: string;
  readonly count: number;
  readonly create: readonly number[];
  readonly remove: readonly number[];
  /** What one of the last tenth took, over one of the second. */
  readonly growth?: number;
}

/** Microseconds of the making of one of `count` routed pods, in all and by what was called; `transcript` is what keeping that took. */
export interface Profile {
  readonly count: number;
  readonly create: readonly number[];
  readonly parts: Readonly<Record<string, readonly number[]>>;
}

/** Kilobytes of what keeps one pod with one workload alive. */
export interface Memory {
  readonly what: string;
  readonly kB: number;
}

export interface Path {
  readonly path: string;
  /** Gbit/s of one stream. */
  readonly gbps: readonly number[];
  /** Microseconds of a request of one byte and its answer, the middle one of a second. */
  readonly rtt: readonly number[];
}

export interface Growth {
  readonly crowds: readonly Crowd[];
  /** What a bridge answers whose ports are used up, and at which pod. */
  readonly full: { readonly pods: number; readonly error: string };
}

/** Beside so many pods. */
export interface Crowd {
  readonly pods: number;
  /** Milliseconds of whole commands. */
  readonly commands: Readonly<Record<string, readonly number[]>>;
  /** Microseconds of a pod that the library makes and ends before the next. */
  readonly loop: { readonly create: readonly number[]; readonly remove: readonly number[] };
}
