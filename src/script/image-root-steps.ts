import { block } from './shell-blocks.ts';

/** The shell functions for a root of an image's files, where no program of this machine is found. */
export const IMAGE_ROOT = [
  block(`
# mount_image_root FLAGS DIRECTORY: an overlay of the image's files (lower) and a tmpfs (upper). The directory is never written
# to. It is bound to a path without the characters that end a path among the options of an overlay.
mount_image_root() {
  root_flags=$1
  root=$state/overlay/root
  mount -n -t tmpfs -o mode=755 tmpfs "$state/overlay"
  mkdir "$state/overlay/lower" "$state/overlay/upper" "$state/overlay/work" "$root"
  mount -n --bind "$2" "$state/overlay/lower"
  # An overlay does not ask with what flags its layers are mounted.
  while read -r _ _ _ _ place kept _; do
    [ "$place" = "$state/overlay/lower" ] || continue
    for flag in nosuid nodev noexec; do
      case ,$kept, in *",$flag,"*) root_flags=$root_flags,$flag ;; esac
    done
  done </proc/self/mountinfo
  mount -n -o remount,bind,ro "$state/overlay/lower"
  mount -n -t overlay -o "$root_flags,lowerdir=$state/overlay/lower,upperdir=$state/overlay/upper,workdir=$state/overlay/work" overlay "$root"
  for directory in proc sys dev; do
    [ ! -L "$root/$directory" ] || die "/$directory is a symbolic link in $2"
    mkdir -p "$root/$directory"
  done
  take_tools
}`),

  block(`
# take_tools: copies the programs that are needed after the change of the root, with their libraries.
take_tools() {
  mkdir "$state/overlay/tools"
  for name in umount setpriv env; do
    cp "$(tool "$name")" "$state/overlay/tools/$name"
    LD_TRACE_LOADED_OBJECTS=1 "$(tool "$name")" | while read -r library _ path _; do
      case $library in /*) cp "$library" "$state/overlay/tools/ld.so" ;; esac
      case $path in /*) cp "$path" "$state/overlay/tools/$library" ;; esac
    done
  done
}`),

  block(`
# pivot_root(2) stacks the old root on the new one, where it is unmounted. Until env(1) enters the new root, the current directory
# is that of the copied tools, which has no path any more.
enter_image_root() {
  cd "$state/overlay/tools"
  pivot_root "$root" "$root"
  ./ld.so --library-path . ./umount -n -l /
}`),
];
