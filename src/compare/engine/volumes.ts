import { join } from 'node:path';
import type { MemoryVolume } from '../../spec/pod-spec.ts';
import type { VolumeMount } from '../../spec/workload-spec.ts';

/** Where the volumes of a pod of ours lie, and what Docker is to call its own. */
export interface VolumePlaces {
  /** The directory of the pod's files. */
  readonly files: string;
  /** What a volume in memory is called in the engine. */
  called(name: string): string;
}

/** One volume of a container: where it sees it, and what `docker run` is told. */
export interface DockerMount {
  readonly target: string;
  readonly option: string;
}

/** `docker volume create …`: memory that outlives a container, with the same options of tmpfs(5) as ours. */
export function memoryInDockersWords(
  { name, options }: MemoryVolume,
  label: string,
  { called }: VolumePlaces,
): string[] {
  const kind = ['--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', `o=${options}`];
  return ['volume', 'create', '--label', label, ...kind, called(name)];
}

/** What a manifest has mounted; what only stands for an image is in Docker's image. `say` is told what has no word. */
export function mountsInDockersWords(
  volumes: readonly VolumeMount[],
  places: VolumePlaces,
  say: (what: string) => void,
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
      say(
        `the files at ${target} are lent by our pod, and go with it: have them elsewhere to type this again`,
      );
      return [option('type=bind', `source=${join(places.files, source)}`, `target=${target}`)];
    }
    const [, , name = '', ...part] = source.split('/');
    if (part.length > 0) {
      say(`a part of its volume ${name} at ${target}: Docker mounts a volume as a whole`);
      return [];
    }
    return [option('type=volume', `source=${places.called(name)}`, `target=${target}`, 'volume-nocopy')];
  });
}

/** --mount takes a line of comma-separated values: RFC 4180. */
function csv(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
