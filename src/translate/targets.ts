import { statSync } from 'node:fs';
import type { PodFile } from '../spec/pod-spec.ts';
import type { VolumeMount, WorkloadSpec } from '../spec/workload-spec.ts';
import { InputError } from '../sys/errors.ts';
import { pathInRoot } from '../sys/path-in-root.ts';
import { throughData } from './volume-files.ts';

/** Refuses a directory that would be mounted over a file of the root, and a file over a directory: mount(2) does. */
export function checkTargets(
  { volumes = [], rootfs }: WorkloadSpec,
  files: readonly PodFile[],
  where: string,
): void {
  for (const [index, mount] of volumes.entries()) {
    const { target } = mount;
    const isCovered = volumes.slice(0, index).some((other) => isBelow(target, other.target));
    const isNew = (rootfs === undefined ? NEW : NEW_IN_IMAGE).some((place) => isBelow(target, place));
    const there = rootfs === undefined ? target : pathInRoot(rootfs, target);
    const wanted = isCovered || isNew || there === undefined ? undefined : isFile(there);
    const given = isFileMount(mount, files);
    if (wanted === undefined || given === undefined || wanted === given) continue;
    const [found, volume] = wanted ? ['a file', 'a directory'] : ['a directory', 'a file'];
    throw new InputError(
      `${where}: ${target} is ${found} ${rootfs === undefined ? 'on this machine' : `in ${rootfs}`}, and the volume for it is ${volume}`,
    );
  }
}

/** What a private root has anew. */
const NEW_IN_IMAGE = ['/proc', '/sys', '/dev'];
const NEW = [...NEW_IN_IMAGE, '/run', '/tmp', '/var/run'];

function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`);
}

function isFileMount({ source, from = 'host' }: VolumeMount, files: readonly PodFile[]): boolean | undefined {
  if (from === 'host') return isFile(source);
  if (from === 'files') {
    const paths = [source, throughData(source)];
    return files.some(({ path, content }) => content !== undefined && paths.includes(path));
  }
  return false;
}

/** Undefined: there is nothing, or neither a file nor a directory. */
function isFile(path: string): boolean | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? true : found?.isDirectory() ? false : undefined;
}
