import { existsSync } from 'node:fs';
import { collectBefore } from '../pod/gc.ts';
import type { Host } from '../pod/host.ts';
import { makePods } from '../pod/make-pods.ts';
import { podFiles, podNames, readMaybePod, readPod } from '../pod/store.ts';
import { takeDown } from '../pod/take-down.ts';
import { OperationError } from '../sys/errors.ts';
import type { Context } from './context.ts';
import type { Maker } from './makers.ts';
import { PodHandle } from './pod-handle.ts';

/** Makes pods. All are made, or none is left. `each` gets one as soon as it is made. */
export async function makeHandles(
  context: Context,
  makers: readonly Maker[],
  each: (pod: PodHandle) => void,
): Promise<void> {
  const { host, root } = await context.place();
  const names = makers.map(({ name }) => name);
  await collectBefore(host, root, names, ({ what, why }) => context.warn(`removed ${what}: ${why}`));
  const making = makers.map((maker) => (host: Host) => maker.make({ host, root }));
  await makePods(host, root, making, (owned) => {
    owned.settle();
    // Released at once: the caller may start a workload in it before the next pod is made.
    owned.pod.release();
    each(new PodHandle(context, owned.pod, owned));
  });
}

/** A pod of the machine. Throws where there is none of that name. */
export function findHandle(context: Context, name: string): PodHandle {
  const { root } = context;
  const record = existsSync(podFiles(root, name).intent) ? readPod(root, name) : undefined;
  if (record?.intent.holder) return new PodHandle(context, record);
  throw new OperationError(`no such pod: ${name}`, {
    code: 'ERR_POD_NOT_FOUND',
    hint: 'Pod.list() has all of them',
  });
}

/** All pods of the machine. One whose record is damaged is a warning. */
export function listHandles(context: Context): PodHandle[] {
  const { root } = context;
  return podNames(root)
    .toSorted()
    .flatMap((name) => {
      const record = readMaybePod(root, name);
      if (!record) context.warn(`the record of pod "${name}" cannot be used: see \`nslab ps -a\``);
      return record?.intent.holder ? [new PodHandle(context, record)] : [];
    });
}

/** Takes pods down. One whose name is another pod's by now is down already. */
export async function destroyHandles(handles: readonly PodHandle[]): Promise<void> {
  const [first] = handles;
  if (!first) return;
  const { host, root } = await first.context.place();
  const gone = new Set(handles.filter((handle) => handle.isReplaced()).map(({ name }) => name));
  const names = handles.map(({ name }) => name).filter((name) => !gone.has(name));
  try {
    await takeDown(host, root, names, { gone: (name) => gone.add(name) });
  } finally {
    for (const handle of handles) await handle.letGo(gone.has(handle.name));
  }
}
