import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../sys/errors.ts';
import { listeningSockets } from '../sys/listening-sockets.ts';
import { readMaybe } from '../sys/procfs.ts';
import type { ComparedPod } from './compared-pod.ts';

/** Waits until nginx listens and has its worker: facts read earlier would differ by timing alone. */
export async function waitForNginx({ pids }: ComparedPod, check: () => void): Promise<void> {
  const { nginx = 0 } = pids;
  for (const end = performance.now() + TIMEOUT; performance.now() < end; await sleep(10)) {
    check();
    if (
      listeningSockets('tcp', nginx).some(({ port }) => port === 80) &&
      readMaybe(`/proc/${nginx}/task/${nginx}/children`)
    )
      return;
  }
  throw new OperationError('nginx does not listen on port 80', {
    hint: 'run `nginx -t`: it prints the errors of the configuration',
  });
}

const TIMEOUT = 5000;
