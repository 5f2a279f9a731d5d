import { ETC_FILES } from '../pod/etc.ts';
import type { StoredSpec } from '../pod/workload-record.ts';
import type { VolumeMount } from '../spec/workload-spec.ts';
import { shellWord } from '../transcript/shell-word.ts';
import type { Story, Told } from './scripted-pod.ts';

/** What a workload's root is made of, in order: the pod's memory, its names, its volumes, busybox's applets. */
export function mountsOf(story: Story, { spec, etc, applets }: Told): string[] {
  const { privileged, readOnlyRoot, directories = [], volumes = [] } = spec;
  return [
    ...(privileged ? ['private_root dev', 'furnish_privileged'] : ['private_root nodev', 'furnish']),
    sharedMemory(story, spec),
    ...directories.map((directory) => `chroot "$root" mkdir -p ${shellWord(directory)}`),
    ...(etc ? ETC_FILES.map((file) => `place "$state/${etc.to}/${file}" /etc/${file}`) : []),
    ...volumes.flatMap(placeVolume),
    ...(applets
      ? [`mkdir "$root${applets.directory}"`, `${applets.busybox} --install -s "$root${applets.directory}"`]
      : []),
    ...(readOnlyRoot ? seal(volumes) : []),
  ];
}

/** The pod's own where its ipc namespace is joined. A directory made in the host's own /dev would stay there. */
function sharedMemory({ intent }: Story, { origins, privileged }: StoredSpec): string {
  const isShared = typeof origins.ipc === 'object' && intent.share.includes('ipc');
  const mount = isShared
    ? 'mount -n --bind "$state/shm" "$root/dev/shm"'
    : 'mount -n -t tmpfs -o nosuid,nodev,noexec,mode=1777,size=64m tmpfs "$root/dev/shm"';
  return privileged ? `[ ! -d "$root/dev/shm" ] || ${mount}` : mount;
}

function placeVolume(volume: VolumeMount): string[] {
  const { source, target, readOnly, from = 'host' } = volume;
  const below = from === 'files' ? `files/${source}` : source.slice(1);
  const place = from === 'host' ? shellWord(source) : `"$state"/${shellWord(below)}`;
  const flags = [...(readOnly ? ['ro'] : []), ...(from === 'holder' ? ['nosuid'] : [])];
  return [
    ...(isPart(volume) ? [`part ${place}`] : []),
    ['place', place, shellWord(target), flags.join(',')].join(' ').trimEnd(),
  ];
}

/** Whether a mount shows a part of a volume in memory, which may be missing: `/volumes/NAME/PART`. */
export function isPart({ source, from }: VolumeMount): boolean {
  return from === 'holder' && source.split('/').length > 3;
}

/** A read-only root: what is the workload's own takes no writes any more. What a volume covers is the volume. */
function seal(volumes: readonly VolumeMount[]): string[] {
  const own = ['/run', '/tmp'].filter((place) => !volumes.some(({ target }) => target === place));
  return [
    'mount -n -o "remount,bind,ro,$limits" "$root"',
    ...own.map((place) => `mount -n -o remount,bind,ro,nosuid,nodev "$root${place}"`),
  ];
}
