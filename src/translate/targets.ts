import { statSync } from 'node:fs';
import type { PodFile } from '../spec/pod-spec.ts';
import type { VolumeMount, WorkloadSpec } from '../spec/workload-spec.ts';
import { InputError } from '../sys/errors.ts';
import { throughData } from './volume-files.ts';

/** Refuses a directory that would be mounted over a file of this machine, and a file over a directory: mount(2) does. */
export function checkTargets({ volumes = [] }: WorkloadSpec, files: readonly PodFile[], where: string): void {
  for (const [index, mount] of volumes.entries()) {
    const { target } = mount;
    const isCovered = volumes.slice(0, index).some((other) => isBelow(target, other.target));
    const wanted = isCovered || NEW.some((place) => isBelow(target, place)) ? undefined : isFile(target);
    const given = isFileMount(mount, files);
    if (wanted === undefined || given === undefined || wanted === given) continue;
    const [there, volume] = wanted ? ['a file', 'a directory'] : ['a directory', 'a file'];
    throw new InputError(
      `${where}: ${target} is ${there} on this machine, and the volume for it is ${volume}`,
    );
  }
}

/** What a private root has anew. */
const NEW = ['/proc', '/sys', '/dev', '/run', '/tmp', '/var/run'];

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
