/**
 * The machine's cgroups, mounted as they are there, version 1 or 2 or both: a pretend host's own /sys hides them. They are
 * the machine's all the same: two hosts that make a group of the same name meet.
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
