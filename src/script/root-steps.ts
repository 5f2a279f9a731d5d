import type { StoredSpec } from '../pod/workload-record.ts';
import { IMAGE_ROOT } from './image-root-steps.ts';
import { isSubPath } from './mount-steps.ts';
import type { ScriptedPod } from './scripted-pod.ts';
import { block } from './shell-blocks.ts';

/** The shell functions that build a workload's private root. */
export function rootSteps({ workloads }: ScriptedPod): string[] {
  if (workloads.length === 0) return [];
  const some = (is: (spec: StoredSpec) => boolean | undefined) => workloads.some(({ spec }) => is(spec));
  return [
    ...(some(({ rootfs }) => rootfs === undefined) ? [MOUNT_ROOT, OTHER_FILE_SYSTEMS, ENTER_ROOT] : []),
    ...(some(({ rootfs }) => rootfs !== undefined) ? IMAGE_ROOT : []),
    ...(some(({ privileged }) => !privileged) ? [PSEUDO_FS, MASK_PROC] : []),
    ...(some(({ privileged }) => privileged) ? [PSEUDO_FS_PRIVILEGED] : []),
    IN_ROOT,
    BIND,
    ...(some(({ volumes = [] }) => volumes.some(isSubPath)) ? [MAKE_SUBPATH] : []),
  ];
}

const MOUNT_ROOT = block(`
# mount_root FLAGS: an overlay of the host's / (lower) and a tmpfs (upper). The workload sees this machine's programs; its
# writes go to the tmpfs, which only this mount namespace sees and which disappears with it; so do /run and /tmp. With nodev, device nodes that
# the workload creates do not work. mount -n does not record the mount in the host's /run/mount.
mount_root() {
  root_flags=$1
  root=$state/overlay/root
  mount -n -t tmpfs -o mode=755 tmpfs "$state/overlay"
  mkdir "$state/overlay/upper" "$state/overlay/work" "$root"
  mount -n -t overlay -o "$root_flags,lowerdir=/,upperdir=$state/overlay/upper,workdir=$state/overlay/work" overlay "$root"
  bind_other_file_systems
  mount -n -t tmpfs -o nosuid,nodev,mode=755 tmpfs "$root/run"
  mount -n -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
}`);

const OTHER_FILE_SYSTEMS = block(`
# An overlay contains only the file system of /: a /usr on its own file system would be an empty directory. Binds the other
# file systems read-only, except pseudo file systems, directories that the private root has anew, and those of engines.
bind_other_file_systems() {
  while read -r _ _ device _ point flags rest; do
    type=\${rest#*- }
    case $device:\${type%% *} in
    0:*:overlay | 0:*:btrfs | 0:*:zfs | 0:*:virtiofs | 0:*:9p | 0:*:nfs | 0:*:nfs4 | 0:*:cifs | 0:*:fuse*) ;;
    0:*) continue ;;
    esac
    case $point/ in
    // | /proc/* | /sys/* | /dev/* | /run/* | /tmp/* | /var/run/*) continue ;;
    /var/lib/docker/* | /var/lib/containerd/* | /var/lib/containers/* | /var/lib/kubelet/*) continue ;;
    esac
    point=$(printf %b "$point") kept=
    for flag in nosuid noexec; do
      case ,$flags, in *,$flag,*) kept=$kept,$flag ;; esac
    done
    [ -f "$root$point" ] || mkdir -p "$root$point"
    mount -n --bind "$point" "$root$point" || continue
    mount -n -o "remount,bind,ro,nodev$kept" "$root$point"
  done </proc/self/mountinfo
}`);

const PSEUDO_FS = block(`
# Mounts /proc, /sys and /dev. /proc shows the pid namespace and /sys the network namespace of the process that
# mounts it: this process is in the workload's namespaces already.
mount_pseudo_fs() {
  mount -n -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount -n -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
  mask_proc
  mount -n -t tmpfs -o nosuid,nodev,mode=755,size=64m tmpfs "$root/dev"
  for node in null zero full random urandom tty; do
    : >"$root/dev/$node"
    mount -n --bind "/dev/$node" "$root/dev/$node"
  done
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s /proc/self/fd/0 "$root/dev/stdin"
  ln -s /proc/self/fd/1 "$root/dev/stdout"
  ln -s /proc/self/fd/2 "$root/dev/stderr"
  mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue"
  mount -n -t devpts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
  mount -n -t mqueue -o nosuid,nodev,noexec mqueue "$root/dev/mqueue"
}`);

const PSEUDO_FS_PRIVILEGED = block(`
# The same for a privileged workload: the host's /dev, and a writable /proc and /sys.
mount_pseudo_fs_privileged() {
  mount -n -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount -n -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
  mount -n --rbind /dev "$root/dev"
  [ ! -d "$root/dev/mqueue" ] || mount -n -t mqueue -o nosuid,nodev,noexec mqueue "$root/dev/mqueue"
}`);

const MASK_PROC = block(`
# Makes the host's settings and hardware in /proc read-only, and hides the kernel's memory (kcore).
mask_proc() {
  for path in sys sysrq-trigger irq bus fs acpi scsi asound; do
    [ -e "$root/proc/$path" ] || continue
    mount -n --bind "$root/proc/$path" "$root/proc/$path"
    mount -n -o remount,bind,ro,nosuid,nodev,noexec "$root/proc/$path"
  done
  [ ! -e "$root/proc/kcore" ] || mount -n --bind /dev/null "$root/proc/kcore"
}`);

const IN_ROOT = block(`
# in_root PATH: prints where PATH is in the private root. Symbolic links (/etc/resolv.conf is one on most machines) are followed
# as if that were / already.
in_root() {
  rest=$1 found='' links=0
  while rest=\${rest#"\${rest%%[!/]*}"} && [ -n "$rest" ]; do
    part=\${rest%%/*}
    rest=\${rest#"$part"}
    if [ "$part" = .. ]; then
      found=\${found%/*}
    elif [ -L "$root$found/$part" ]; then
      links=$((links + 1))
      [ "$links" -le 40 ] || die "too many symbolic links: $1"
      link=$(readlink -n "$root$found/$part" && echo .)
      rest=\${link%.}$rest
      case $link in /*) found='' ;; esac
    elif [ "$part" != . ]; then
      found=$found/$part
    fi
  done
  echo "$root$found"
}`);

const BIND = block(`
# bind SOURCE TARGET [FLAGS]: bind-mounts a file or directory into the private root.
bind() {
  target=$(in_root "$2")
  if [ -d "$1" ]; then
    mkdir -p "$target"
    set -- "$1" "$2" "$root_flags\${3+,$3}"
  else
    mkdir -p "\${target%/*}"
    [ -e "$target" ] || : >"$target"
  fi
  mount -n --rbind "$1" "$target"
  [ $# = 2 ] || mount -n -o "remount,bind,$3" "$target"
}`);

const MAKE_SUBPATH = block(`
# make_subpath PATH: creates the subPath of a memory volume when it is missing. Workloads write to the volume: a symbolic link
# in it must not lead to a file of the host.
make_subpath() {
  [ "$(realpath -m "$1")" = "$1" ] || die "$1 leads out of its volume"
  [ -e "$1" ] || (umask 0 && mkdir -p "$1")
}`);

const ENTER_ROOT = block(`
# pivot_root(2) moves the old root to /tmp, where it is unmounted: no mount of the host stays in this namespace.
enter_root() {
  cd "$root"
  pivot_root . tmp
  umount -n -l /tmp
}`);
