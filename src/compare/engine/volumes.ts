import { join } from 'node:path';
import type { MemoryVolume } from '../../spec/pod-spec.ts';
import type { VolumeMount } from '../../spec/workload-spec.ts';

/** Where our pod keeps its volumes, and how they are named in Docker. */
export interface VolumeLocations {
  /** The directory of the pod's files. */
  readonly files: string;
  /** The name of a volume in memory. */
  dockerName(name: string): string;
}

/** One volume of a container: its mount point, and the option of `docker run`. */
export interface DockerMount {
  readonly target: string;
  readonly option: string;
}

/** Equivalent to: docker volume create --opt type=tmpfs … The tmpfs(5) options are those of our volume. */
export function volumeCreateCommand(
  { name, options }: MemoryVolume,
  label: string,
  { dockerName }: VolumeLocations,
): string[] {
  const kind = ['--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', `o=${options}`];
  return ['volume', 'create', '--label', label, ...kind, dockerName(name)];
}

/** The volumes of a manifest. Files of an image are in Docker's image already. `omit` receives what has no option. */
export function dockerMounts(
  volumes: readonly VolumeMount[],
  locations: VolumeLocations,
  omit: (what: string) => void,
): DockerMount[] {
  return volumes.flatMap(({ source, target, readOnly, from }) => {
    if (from === undefined || source.startsWith('.image-')) return [];
    const rest = readOnly ? ['readonly'] : [];
    const option = (...words: string[]) => ({
      target,
      option: `--mount=${[...words, ...rest].map(csv).join()}`,
    });
    if (from === 'host') return [option('type=bind', `source=${source}`, `target=${target}`)];
    if (from === 'files') {
      omit(
        `the files at ${target} belong to our pod and are removed with it: copy them to run this command again`,
      );
      return [option('type=bind', `source=${join(locations.files, source)}`, `target=${target}`)];
    }
    const [, , name = '', ...part] = source.split('/');
    if (part.length > 0) {
      omit(`a part of its volume ${name} at ${target}: Docker mounts whole volumes only`);
      return [];
    }
    return [
      option('type=volume', `source=${locations.dockerName(name)}`, `target=${target}`, 'volume-nocopy'),
    ];
  });
}

/** `--mount` takes comma-separated values: RFC 4180. */
function csv(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
