import { spawn } from 'node:child_process';
import { OperationError } from '../../sys/errors.ts';

/** Removes every Docker object that carries a label, after the last writer of `pipe` has closed it. */
export interface Cleanup {
  /** Each `docker` command inherits it: while one of them runs, it may still create objects. */
  readonly pipe: NodeJS.WritableStream;
  /** Closes our end; resolves when everything is removed. */
  finish(): Promise<void>;
}

/**
 * Starts a shell that waits for EOF on a pipe and then removes: an engine's containers outlive a killed nslab, and a
 * killed process removes nothing. The shell has its own session, so a Ctrl-C does not reach it.
 */
export function startCleanup(label: string): Cleanup {
  const child = spawn('sh', ['-c', REMOVE_LABELLED, 'sh', label], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const exited = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 137));
  });
  child.stdin.on('error', () => {});
  return {
    pipe: child.stdin,
    async finish() {
      child.stdin.end();
      if ((await exited) === 0) return;
      throw new OperationError(
        'the containers, volumes and images of this comparison could not be removed from Docker',
        {
          hint: `docker rm -f $(docker ps -aq --filter label=${label})`,
        },
      );
    },
  };
}

// Containers first: they keep volumes and images in use.
const REMOVE_LABELLED = `
cat >/dev/null
containers=$(docker ps -aq --filter "label=$1") || exit 1
[ -z "$containers" ] || docker rm -f -v $containers || exit 1
volumes=$(docker volume ls -q --filter "label=$1") || exit 1
[ -z "$volumes" ] || docker volume rm -f $volumes || exit 1
images=$(docker images -q --filter "label=$1") || exit 1
[ -z "$images" ] || docker rmi -f $images`;
