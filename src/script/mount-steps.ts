import { ETC_FILES } from '../pod/etc.ts';
import type { StoredSpec } from '../pod/workload-record.ts';
import type { VolumeMount } from '../spec/workload-spec.ts';
import { shellWord } from '../transcript/shell-word.ts';
import type { ScriptedPod, ScriptedWorkload } from './scripted-pod.ts';

/** Builds a workload's root, in order: pseudo file systems, /dev/shm, /etc files, volumes, busybox's applets. */
export function mountsOf(pod: ScriptedPod, { spec, etc, applets }: ScriptedWorkload): string[] {
  const { privileged, readOnlyRoot, directories = [], volumes = [] } = spec;
  return [
    mountRoot(spec),
    privileged ? 'mount_pseudo_fs_privileged' : 'mount_pseudo_fs',
    sharedMemory(pod, spec),
    ...directories.map((directory) => `mkdir -p "$(in_root ${shellWord(directory)})"`),
    ...(etc ? ETC_FILES.map((file) => `bind "$state/${etc.to}/${file}" /etc/${file}`) : []),
    ...volumes.flatMap(bindVolume),
    ...(applets
      ? [`mkdir "$root${applets.directory}"`, `${applets.busybox} --install -s "$root${applets.directory}"`]
      : []),
    ...(readOnlyRoot ? makeReadOnly(spec, volumes) : []),
  ];
}

function mountRoot({ privileged, rootfs }: StoredSpec): string {
  const flags = privileged ? 'dev' : 'nodev';
  return rootfs === undefined ? `mount_root ${flags}` : `mount_image_root ${flags} ${shellWord(rootfs)}`;
}

/**
 * /dev/shm: the pod's when the workload joins its ipc namespace. A privileged workload has the host's /dev, where a missing
 * /dev/shm is not created: it would stay on the host.
 */
function sharedMemory({ intent }: ScriptedPod, { origins, privileged }: StoredSpec): string {
  const isShared = typeof origins.ipc === 'object' && intent.share.includes('ipc');
  const mount = isShared
    ? 'mount -n --bind "$state/shm" "$root/dev/shm"'
    : 'mount -n -t tmpfs -o nosuid,nodev,noexec,mode=1777,size=64m tmpfs "$root/dev/shm"';
  return privileged ? `[ ! -d "$root/dev/shm" ] || ${mount}` : mount;
}

function bindVolume(volume: VolumeMount): string[] {
  const { source, target, readOnly, from = 'host' } = volume;
  const below = from === 'files' ? `files/${source}` : source.slice(1);
  const path = from === 'host' ? shellWord(source) : `"$state"/${shellWord(below)}`;
  const flags = [...(readOnly ? ['ro'] : []), ...(from === 'holder' ? ['nosuid'] : [])];
  return [
    ...(isSubPath(volume) ? [`make_subpath ${path}`] : []),
    ['bind', path, shellWord(target), flags.join(',')].join(' ').trimEnd(),
  ];
}

/** Whether a mount has a subPath of a memory volume, which may not exist yet: `/volumes/NAME/SUBPATH`. */
export function isSubPath({ source, from }: VolumeMount): boolean {
  return from === 'holder' && source.split('/').length > 3;
}

/** Remounts the root, /run and /tmp read-only, unless a volume covers them: a volume keeps its own flags. */
function makeReadOnly({ rootfs }: StoredSpec, volumes: readonly VolumeMount[]): string[] {
  const own = (rootfs === undefined ? ['/run', '/tmp'] : []).filter(
    (path) => !volumes.some(({ target }) => target === path),
  );
  return [
    'mount -n -o "remount,bind,ro,$root_flags" "$root"',
    ...own.map((path) => `mount -n -o remount,bind,ro,nosuid,nodev "$root${path}"`),
  ];
}
