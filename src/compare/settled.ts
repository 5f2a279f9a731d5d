import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../sys/errors.ts';
import { readMaybe } from '../sys/procfs.ts';
import type { Trio } from './trio.ts';

/** Waits until nginx listens: what is read of it before that is of another moment on each side. */
export async function settled({ pids }: Trio, check: () => void): Promise<void> {
  const { nginx = 0 } = pids;
  for (const end = performance.now() + PATIENCE; performance.now() < end; await sleep(10)) {
    check();
    if (listens(nginx) && readMaybe(`/proc/${nginx}/task/${nginx}/children`)) return;
  }
  throw new OperationError('nginx does not listen on port 80', {
    hint: 'see whether `nginx -t` is content on this machine',
  });
}

const PATIENCE = 5000;

/** Port 80 is 0050, listening is 0A. proc_pid_net(5) */
function listens(pid: number): boolean {
  return ['tcp', 'tcp6'].some((kind) =>
    /^ *\d+: \w+:0050 \S+ 0A /m.test(readMaybe(`/proc/${pid}/net/${kind}`) ?? ''),
  );
}
