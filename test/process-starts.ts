import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * How many starts of a process (`node -e 0`) a duration is worth, by what a start costs on this machine just now. The unit
 * of the few bounds that are promises themselves: seconds would say how fast the machine is and not what the program does.
 * Ask right after what was measured, so that both were under the same load.
 */
export async function inProcessStarts(milliseconds: number): Promise<number> {
  return milliseconds / (await processStart());
}

/** Milliseconds that a start costs just now: the dearest of three, because what it is compared with was not chosen either. */
export async function processStart(): Promise<number> {
  return Math.max(await costOfOne(), await costOfOne(), await costOfOne());
}

async function costOfOne(): Promise<number> {
  const start = performance.now();
  // `env -i`: tap puts a loader into the NODE_OPTIONS of whatever a test starts, and that would be measured, too.
  const child = spawn('env', ['-i', process.execPath, '-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  return performance.now() - start;
}

/** Milliseconds of CPU that this process has had so far: what others do beside it does not count. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
