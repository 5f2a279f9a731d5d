import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, OperationError } from '../../sys/errors.ts';
import { readMaybe } from '../../sys/procfs.ts';
import { type Cleanup, startCleanup } from './cleanup.ts';

/**
 * A Docker engine, by its own command line, which knows contexts and DOCKER_HOST. What is made in it bears this run's
 * label, and is removed by that, whatever becomes of us.
 */
export class Engine {
  /** `Docker 20.10.24`. */
  readonly name: string;
  /** `nslab.compare=RUN`, on every container and image of this run. */
  readonly label: string;
  readonly #janitor: Cleanup;
  readonly #tell: Tell;

  private constructor(name: string, label: string, janitor: Cleanup, tell: Tell) {
    this.name = name;
    this.label = label;
    this.#janitor = janitor;
    this.#tell = tell;
  }

  static async find(run: string, tell: Tell): Promise<Engine> {
    const label = `nslab.compare=${run}`;
    const { status, stdout, stderr } = await start('docker', VERSION, []);
    if (status !== 0) throw noEngine(stderr);
    // Debian's has more behind a plus: `20.10.24+dfsg1`.
    return new Engine(`Docker ${stdout.replace(/\+.*/, '')}`, label, startCleanup(label), tell);
  }

  /** Why there is none that answers; undefined: there is one. */
  static async absence(): Promise<string | undefined> {
    try {
      const { status, stderr } = await start('docker', VERSION, []);
      return status === 0 ? undefined : noEngine(stderr).message;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** `docker WORDS…`: what it says. Throws when it fails. */
  async docker(...words: string[]): Promise<string> {
    this.#tell(['docker', ...words].join(' '));
    const { status, stdout, stderr } = await start('docker', words, [this.#janitor.ear]);
    if (status === 0) return stdout;
    const why = stderr.split('\n')[0]?.replace(/^(?:docker: )?(?:Error response from daemon: )?/, '');
    throw new OperationError(`docker ${words[0]} failed: ${why}`);
  }

  /** A script for sh. */
  async script(text: string): Promise<void> {
    this.#tell(text);
    const { status, stderr } = await start('sh', ['-c', text], [this.#janitor.ear]);
    if (status !== 0)
      throw new OperationError(`the images for Docker could not be made: ${stderr.split('\n')[0]}`);
  }

  /** The process of a container, by this machine's numbers, and the container's identifier. */
  async processOf(container: string): Promise<{ readonly pid: number; readonly id: string }> {
    const said = await this.docker('inspect', '--format', '{{.State.Pid}} {{.Id}}', container);
    const [pid = 0, id = ''] = [Number(said.split(' ')[0]), said.split(' ')[1]];
    if (pid === 0) throw new OperationError(`the container "${container}" does not run`);
    await isHere(pid, id, container);
    return { pid, id };
  }

  /** Removes what this run has made. Twice is fine. */
  async leave(): Promise<void> {
    await this.#janitor.finish();
  }
}

const VERSION = ['version', '--format', '{{.Server.Version}}'];

/** Is told each command that changes or asks something, as it would be typed. */
export type Tell = (line: string) => void;

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** In a session of its own: a Ctrl-C is meant for us, who then remove what this has made. */
function start(
  file: string,
  words: readonly string[],
  held: readonly NodeJS.WritableStream[],
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', 'pipe', 'pipe', ...held] as ('ignore' | 'pipe')[];
    const child = spawn(file, [...words], { stdio, detached: true });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name]?.setEncoding('utf8').on('data', (text) => {
        said[name] += text;
      });
    child.once('error', (error) =>
      reject(errorCode(error) === 'ENOENT' ? noEngine('no docker in PATH') : error),
    );
    child.once('close', (code) =>
      resolve({ status: code ?? 137, stdout: said.stdout.trim(), stderr: said.stderr.trim() }),
    );
  });
}

function noEngine(said: string): OperationError {
  const why = said
    .split('\n')
    .at(-1)
    ?.replace(/^(?:ERROR|error): /, '');
  return new OperationError(`no Docker engine answers: ${why}`, {
    hint: 'start one (systemctl start docker), name it in DOCKER_HOST, or take a recorded one: --saved docker',
  });
}

/** An engine may be on another machine, or in one of its own: its numbers mean nothing here then. */
async function isHere(pid: number, id: string, container: string): Promise<void> {
  // A container whose first process is not yet in its control group is a moment old.
  for (let tries = 0; tries < 20; tries++, await sleep(20))
    if (readMaybe(`/proc/${pid}/cgroup`)?.includes(id)) return;
  throw new OperationError(
    `process ${pid}, which the engine says is container "${container}", is not on this machine`,
    {
      hint: 'run nslab where the engine runs: namespaces are compared by what /proc says',
    },
  );
}
