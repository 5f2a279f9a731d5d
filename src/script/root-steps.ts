import type { StoredSpec } from '../pod/workload-record.ts';
import { isPart } from './mount-steps.ts';
import type { Story } from './scripted-pod.ts';
import { block } from './shell-blocks.ts';

/** How a workload gets a root of its own: shell functions that all workloads call. */
export function rootSteps({ workloads }: Story): string[] {
  if (workloads.length === 0) return [];
  const some = (is: (spec: StoredSpec) => boolean | undefined) => workloads.some(({ spec }) => is(spec));
  return [
    PRIVATE_ROOT,
    OTHER_FILE_SYSTEMS,
    ...(some(({ privileged }) => !privileged) ? [FURNISH, MASK_PROC] : []),
    ...(some(({ privileged }) => privileged) ? [FURNISH_PRIVILEGED] : []),
    PLACE,
    ...(some(({ volumes = [] }) => volumes.some(isPart)) ? [PART] : []),
    MOVE_IN,
  ];
}

const PRIVATE_ROOT = block(`
# private_root LIMITS: the host's / with a sheet of tracing paper over it. The workload sees this machine's programs; what it
# writes lies on the sheet, a tmpfs, and goes with it. It is built where only this mount namespace sees it (mount -n: without a
# note in the host's /run/mount). A device node that a workload makes opens nothing: nodev.
private_root() {
  limits=$1
  root=$state/stage/root
  mount -n -t tmpfs -o mode=755 tmpfs "$state/stage"
  mkdir "$state/stage/upper" "$state/stage/work" "$root"
  mount -n -t overlay -o "$limits,lowerdir=/,upperdir=$state/stage/upper,workdir=$state/stage/work" overlay "$root"
  show_other_file_systems
}`);

const OTHER_FILE_SYSTEMS = block(`
# An overlay covers the one file system that / is on: a /usr of its own would be an empty directory in there. What is
# the kernel's own, made anew in the private root, or another engine's, is not shown.
show_other_file_systems() {
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

const FURNISH = block(`
# What a root needs to be lived in. /proc shows the pid namespace, /sys the network namespace of whoever mounts it: we
# are in them by now.
furnish() {
  mount -n -t tmpfs -o nosuid,nodev,mode=755 tmpfs "$root/run"
  mount -n -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
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

const FURNISH_PRIVILEGED = block(`
# What a privileged workload has instead: the host's own /dev, a /sys and a /proc that can be written.
furnish_privileged() {
  mount -n -t tmpfs -o nosuid,nodev,mode=755 tmpfs "$root/run"
  mount -n -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
  mount -n -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount -n -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
  mount -n --rbind /dev "$root/dev"
  [ ! -d "$root/dev/mqueue" ] || mount -n -t mqueue -o nosuid,nodev,noexec mqueue "$root/dev/mqueue"
}`);

const MASK_PROC = block(`
# The kernel's settings and the hardware are the host's: not to be written, and the memory not to be read.
mask_proc() {
  for place in sys sysrq-trigger irq bus fs acpi scsi asound; do
    [ -e "$root/proc/$place" ] || continue
    mount -n --bind "$root/proc/$place" "$root/proc/$place"
    mount -n -o remount,bind,ro,nosuid,nodev,noexec "$root/proc/$place"
  done
  [ ! -e "$root/proc/kcore" ] || mount -n --bind /dev/null "$root/proc/kcore"
}`);

const PLACE = block(`
# place SOURCE TARGET [FLAGS]: shows something in the private root. Links on the way to TARGET are followed as they will be in
# there (/etc/resolv.conf is one on most machines): else they would lead to the host's own files.
place() {
  target=$root$(chroot "$root" realpath -m "$2")
  if [ -d "$1" ]; then
    mkdir -p "$target"
    set -- "$1" "$2" "$limits\${3+,$3}"
  else
    mkdir -p "\${target%/*}"
    [ -e "$target" ] || : >"$target"
  fi
  mount -n --rbind "$1" "$target"
  [ $# = 2 ] || mount -n -o "remount,bind,$3" "$target"
}`);

const PART = block(`
# part PATH: a part of a volume in memory is made when it is missing. A link in there must not lead out: what the volume
# holds is the workloads' doing, and who mounts the part would have the host's files.
part() {
  [ "$(realpath -m "$1")" = "$1" ] || die "$1 leads out of its volume"
  [ -e "$1" ] || (umask 0 && mkdir -p "$1")
}`);

const MOVE_IN = block(`
# The old root lies on /tmp for a moment, and is let go there: nothing of the host's stays mounted, so nothing of it is
# kept busy.
move_in() {
  cd "$root"
  pivot_root . tmp
  umount -n -l /tmp
}`);
