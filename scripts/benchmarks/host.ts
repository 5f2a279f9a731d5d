import { join } from 'node:path';
import { PretendHost, type RunOptions } from '../../test/campaign/pretend-host.ts';
import { Engine } from '../../test/docker/engine.ts';
import type { Timed, Watched } from './stopwatch.ts';

/** Where `scripts/bench` was started, which is the top of the repository, and where it has put what it compiled. */
const TOP = process.cwd();
const COMPILED = import.meta.dirname;

export const program = {
  nslab: (...words: string[]) => ['node', join(TOP, 'dist/nslab.cjs'), ...words],
  native: (name: string, ...words: string[]) => [join(TOP, 'native/bin', name), ...words],
  compiled: (name: string, ...words: string[]) => ['node', join(COMPILED, `${name}.js`), ...words],
  script: (name: string, ...words: string[]) => [join(TOP, 'scripts/benchmarks', name), ...words],
  pause: join(TOP, 'native/bin/pause'),
  manifest: join(TOP, 'scripts/labs/two-containers.yaml'),
};

const MINUTES = 60_000;

/** A host of its own for a group of measurements: network, mounts and processes, which all go with it. */
export class Host implements AsyncDisposable {
  readonly #host: PretendHost;
  #engine: Engine | undefined;

  private constructor(host: PretendHost) {
    this.#host = host;
  }

  static async create(): Promise<Host> {
    return new Host(await PretendHost.create({ uplink: true, tmp: true, cgroups: true }));
  }

  /** What a command prints. Throws unless its status is 0. */
  async run(command: readonly string[], more: RunOptions = {}): Promise<string> {
    const env = { NSLAB_LIBRARY: join(TOP, 'dist/index.js') };
    const { status, stdout, stderr } = await this.#host.run(command, { timeout: 20 * MINUTES, env, ...more });
    if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}: ${stderr.trim()}`);
    return stdout;
  }

  async sh(line: string): Promise<string> {
    return await this.run(['bash', '-c', line]);
  }

  /** The milliseconds of each command, in turn, so many times. */
  async watch(rounds: number, commands: readonly Timed[]): Promise<Record<string, number[]>> {
    const watched: Watched = { rounds, commands };
    return JSON.parse(await this.run(program.compiled('stopwatch'), { input: JSON.stringify(watched) }));
  }

  /** Whether this machine has a program, by its name or path. */
  async has(name: string): Promise<boolean> {
    return (await this.sh(`command -v ${name} || true`)) !== '';
  }

  /** A Docker engine of this host alone, with the article's images; undefined where there is no Docker. */
  async engine(): Promise<Engine | undefined> {
    if (this.#engine || !(await this.has('dockerd'))) return this.#engine;
    this.#engine = await Engine.start(this.#host);
    await this.#engine.makeImages(program.pause);
    await this.#engine.makeNginxImage();
    return this.#engine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.stop();
    await this.#host.destroy();
  }
}
