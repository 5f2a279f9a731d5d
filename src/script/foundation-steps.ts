import { shellWord } from '../transcript/shell-word.ts';
import { DOCKER_CAPABILITIES } from './privileges.ts';
import type { ScriptedPod } from './scripted-pod.ts';
import { block } from './shell-blocks.ts';

/** The common functions of the script: variables, errors, tools, the lock, and records of processes. */
export function foundations(pod: ScriptedPod): string[] {
  const { name } = pod;
  return [
    block(`
set -eu
umask 022
name=${shellWord(name)}
state=/run/pod-${name}${pod.workloads.length > 0 ? CAPABILITIES : ''}`),

    block(`
die() {
  echo "$name: $1" >&2
  exit 1
}`),

    block(`
self=$(realpath "$0")
[ -f "$self" ] || die "the script starts itself again, so it must be a file: save it and run that"
# Processes that outlive the script must not keep its directory in use.
cd /`),

    block(`
# Each tool is called by its path: busybox's shell would else run its own reduced versions.
tool() {
  IFS=:
  for directory in $PATH; do
    [ ! -x "$directory/$1" ] || { echo "$directory/$1"; return; }
  done
  die "there is no $1 here: it comes with util-linux, iproute2, nftables or coreutils"
}
for tool in ${toolsOf(pod).join(' ')}; do
  path=$(tool "$tool")
  eval "$tool() { '$path' \\"\\$@\\"; }"
done`),

    block(`
# \`up\` and \`down\` lock the pod's directory, and their child processes inherit the lock. When \`up\` is killed while its
# \`ip\` still runs, \`down\` waits for that \`ip\`.
lock() {
  exec 9<"$state"
  flock -w 10 9 || die "another process is changing this pod: wait for it or stop it first"
}`),

    block(`
# record_pid NAME: records the pid and start time of this process, then releases its lock. \`down\` could not find the
# process before that, so the lock keeps \`down\` waiting until then.
record_pid() {
  read -r pid _ </proc/self/stat
  echo "$pid $(start_time "$pid")" >"$state/pids/$1"
  exec 9<&-
}`),

    block(`
# start_time PID: field 22 of /proc/PID/stat; empty when the process has exited. Pids are reused: a pid and its start time
# together identify a process.
start_time() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # fields are counted after the name, which may contain blanks and brackets
  set -- \${stat##*) }
  [ "$1" = Z ] || echo "\${20}"
}`),

    block(`
# is_running NAME: whether the process recorded under this name still runs. Sets $pid.
is_running() {
  [ -s "$state/pids/$1" ] || return 1
  read -r pid started <"$state/pids/$1"
  [ "$(start_time "$pid")" = "$started" ]
}`),

    block(`
# wait_ready NAME PID: waits until the started process reports that it is set up; fails when it exits before that.
wait_ready() {
  until [ -e "$state/ready/$1" ]; do
    [ -n "$(start_time "$2")" ] || [ -e "$state/ready/$1" ] || die "$1 does not start: $(tail -n 1 "$state/log/$1")"
    sleep 0.02
  done
}`),
  ];
}

/** moby: oci/caps/defaults.go */
const CAPABILITIES = `
# Docker's default capabilities: the 14 that root keeps in a container.
${DOCKER_CAPABILITIES}`;

/** Only the tools that this pod needs: a pod without a network works on a machine without nft. */
function toolsOf({ networks, intent, workloads }: ScriptedPod): string[] {
  return [
    ...['realpath', 'flock', 'setsid', 'unshare', 'nsenter', 'mount', 'kill', 'sleep', 'tail', 'env'],
    ...(intent.share.includes('net') ? ['ip'] : []),
    ...(intent.pinned ? ['mountpoint', 'stat', 'cat'] : []),
    ...(networks.length > 0 ? ['nft'] : []),
    ...(intent.ports.length > 0 ? ['ss'] : []),
    ...(intent.pinned || workloads.length > 0 ? ['umount'] : []),
    ...(workloads.length > 0 ? ['setpriv', 'pivot_root', 'readlink'] : []),
  ];
}
