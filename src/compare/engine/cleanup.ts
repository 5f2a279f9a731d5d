import { spawn } from 'node:child_process';
import { OperationError } from '../../sys/errors.ts';

/** Removes from the engine what bears a label, as soon as nobody is left who makes more of it. */
export interface Cleanup {
  /** As long as somebody has this open, something may still be made: each of our docker commands holds it. */
  readonly ear: NodeJS.WritableStream;
  /** We are done: returns when all is removed. */
  finish(): Promise<void>;
}

/**
 * Hangs on a pipe of ours, as our holders do: an engine's containers would outlive us, and whoever is killed removes
 * nothing. In a session of its own, so that a Ctrl-C does not reach it.
 */
export function startCleanup(label: string): Cleanup {
  const child = spawn('sh', ['-c', CLEAN, 'sh', label], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const gone = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 137));
  });
  child.stdin.on('error', () => {});
  return {
    ear: child.stdin,
    async finish() {
      child.stdin.end();
      if ((await gone) === 0) return;
      throw new OperationError(`what this comparison has made in Docker could not be removed`, {
        hint: `docker rm -f $(docker ps -aq --filter label=${label})`,
      });
    },
  };
}

// Containers before volumes and images, which they hold.
const CLEAN = `
cat >/dev/null
containers=$(docker ps -aq --filter "label=$1") || exit 1
[ -z "$containers" ] || docker rm -f -v $containers || exit 1
volumes=$(docker volume ls -q --filter "label=$1") || exit 1
[ -z "$volumes" ] || docker volume rm -f $volumes || exit 1
images=$(docker images -q --filter "label=$1") || exit 1
[ -z "$images" ] || docker rmi -f $images`;
