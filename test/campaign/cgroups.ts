/**
 * Mounts the machine's cgroups (version 1, 2 or both) in a pretend host, whose own /sys hides them. They are shared with the
 * machine: two pretend hosts that create a cgroup of the same name conflict.
 */
export const MOUNT_CGROUPS = `
if [ "$(wc -l < /proc/self/cgroup)" = 1 ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  while IFS=: read -r _ controllers _; do
    place=/sys/fs/cgroup/\${controllers#name=}; kind="cgroup -o \${controllers:-none}"
    [ -n "$controllers" ] || { place=/sys/fs/cgroup/unified; kind=cgroup2; }
    mkdir $place; mount -t $kind cgroup $place
  done < /proc/self/cgroup
fi`;
