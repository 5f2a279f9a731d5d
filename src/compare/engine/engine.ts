import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, OperationError } from '../../sys/errors.ts';
import { readMaybe } from '../../sys/procfs.ts';
import { type Cleanup, startCleanup } from './cleanup.ts';

/**
 * A Docker engine, used through the `docker` command, which knows contexts and DOCKER_HOST. Every object carries this run's
 * label and is removed by it, also when nslab is killed.
 */
export class Engine {
  /** `Docker 20.10.24`. */
  readonly name: string;
  /** `nslab.compare=RUN`, on every container and image of this run. */
  readonly label: string;
  readonly #cleanup: Cleanup;
  readonly #print: PrintCommand;

  private constructor(name: string, label: string, cleanup: Cleanup, print: PrintCommand) {
    this.name = name;
    this.label = label;
    this.#cleanup = cleanup;
    this.#print = print;
  }

  static async find(run: string, print: PrintCommand): Promise<Engine> {
    const label = `nslab.compare=${run}`;
    const { status, stdout, stderr } = await start('docker', VERSION, []);
    if (status !== 0) throw noEngine(stderr);
    // Debian adds a suffix: `20.10.24+dfsg1`.
    return new Engine(`Docker ${stdout.replace(/\+.*/, '')}`, label, startCleanup(label), print);
  }

  /** Why no engine answers; undefined when one does. */
  static async whyUnavailable(): Promise<string | undefined> {
    try {
      const { status, stderr } = await start('docker', VERSION, []);
      return status === 0 ? undefined : noEngine(stderr).message;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Runs `docker WORDS…` and returns its stdout. Throws when it fails. */
  async docker(...words: string[]): Promise<string> {
    this.#print(['docker', ...words].join(' '));
    const { status, stdout, stderr } = await start('docker', words, [this.#cleanup.pipe]);
    if (status === 0) return stdout;
    const why = stderr.split('\n')[0]?.replace(/^(?:docker: )?(?:Error response from daemon: )?/, '');
    throw new OperationError(`docker ${words[0]} failed: ${why}`);
  }

  /** Runs a script with sh(1). */
  async script(text: string): Promise<void> {
    this.#print(text);
    const { status, stderr } = await start('sh', ['-c', text], [this.#cleanup.pipe]);
    if (status !== 0)
      throw new OperationError(`the Docker images could not be built: ${stderr.split('\n')[0]}`);
  }

  /** The host pid of a container's first process, and the container's identifier. */
  async processOf(container: string): Promise<{ readonly pid: number; readonly id: string }> {
    const found = await this.docker('inspect', '--format', '{{.State.Pid}} {{.Id}}', container);
    const [pid = 0, id = ''] = [Number(found.split(' ')[0]), found.split(' ')[1]];
    if (pid === 0) throw new OperationError(`container "${container}" is not running`);
    await checkIsLocal(pid, id, container);
    return { pid, id };
  }

  /** Removes every object of this run. Idempotent. */
  async cleanUp(): Promise<void> {
    await this.#cleanup.finish();
  }
}

const VERSION = ['version', '--format', '{{.Server.Version}}'];

/** Receives each command line before it runs. */
export type PrintCommand = (line: string) => void;

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** In its own session: a Ctrl-C must reach nslab only, which then removes what the command made. */
function start(
  file: string,
  words: readonly string[],
  inherited: readonly NodeJS.WritableStream[],
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', 'pipe', 'pipe', ...inherited] as ('ignore' | 'pipe')[];
    const child = spawn(file, [...words], { stdio, detached: true });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name]?.setEncoding('utf8').on('data', (text) => {
        output[name] += text;
      });
    child.once('error', (error) =>
      reject(errorCode(error) === 'ENOENT' ? noEngine('no docker in PATH') : error),
    );
    child.once('close', (code) =>
      resolve({ status: code ?? 137, stdout: output.stdout.trim(), stderr: output.stderr.trim() }),
    );
  });
}

function noEngine(stderr: string): OperationError {
  const why = stderr
    .split('\n')
    .at(-1)
    ?.replace(/^(?:ERROR|error): /, '');
  return new OperationError(`no Docker engine answers: ${why}`, {
    hint: 'start one (systemctl start docker), set DOCKER_HOST, or use a recorded profile: --saved docker',
  });
}

/** An engine on another machine or in a VM reports pids that mean nothing here. */
async function checkIsLocal(pid: number, id: string, container: string): Promise<void> {
  // The first process of a new container joins its control group a moment later.
  for (let attempt = 0; attempt < 20; attempt++, await sleep(20))
    if (readMaybe(`/proc/${pid}/cgroup`)?.includes(id)) return;
  throw new OperationError(`process ${pid} of container "${container}" is not on this machine`, {
    hint: 'run nslab where the engine runs: namespaces are compared through /proc',
  });
}
