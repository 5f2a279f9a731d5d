import { shellWord } from '../transcript/shell-word.ts';
import { DOCKERS_FOURTEEN } from './privileges.ts';
import type { Story } from './scripted-pod.ts';
import { block } from './shell-blocks.ts';

/** What all of the script stands on: its names, its tools, its lock, and how it knows a process again. */
export function foundations(story: Story): string[] {
  const { name } = story;
  return [
    block(`
set -eu
umask 022
name=${shellWord(name)}
state=/run/pod-${name}${story.workloads.length > 0 ? FOURTEEN : ''}`),

    block(`
die() {
  echo "$name: $1" >&2
  exit 1
}`),

    block(`
self=$(realpath "$0")
[ -f "$self" ] || die "it must start itself again: save it as a file, and run that"
# What stays must keep no directory in use.
cd /`),

    block(`
# Each tool is called by its path: a shell that has short versions of them built in (busybox's) would take those.
tool() {
  IFS=:
  for directory in $PATH; do
    [ ! -x "$directory/$1" ] || { echo "$directory/$1"; return; }
  done
  die "there is no $1 here: it comes with util-linux, iproute2, nftables or coreutils"
}
for tool in ${toolsOf(story).join(' ')}; do
  path=$(tool "$tool")
  eval "$tool() { '$path' \\"\\$@\\"; }"
done`),

    block(`
# Whoever changes the pod has a lock on its directory, and so has every command that he starts. When \`up\` is killed
# while an \`ip\` of it still works, \`down\` waits for that one.
lock() {
  exec 9<"$state"
  flock -w 10 9 || die "somebody is at work on it: wait for him, or end him first"
}`),

    block(`
# record WHAT: this very process writes down who it is, and does without the lock from now on. Before that \`down\` would
# not find it, and so must not begin.
record() {
  read -r pid _ </proc/self/stat
  echo "$pid $(birth "$pid")" >"$state/pids/$1"
  exec 9<&-
}`),

    block(`
# birth PID: its start time, field 22 of /proc/PID/stat; nothing when it has ended. A number alone may be another's
# by now.
birth() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # fields are counted after the name, which may hold blanks and brackets
  set -- \${stat##*) }
  [ "$1" = Z ] || echo "\${20}"
}`),

    block(`
# lives WHAT: whether the process that was recorded so is still there; its number is in $pid then.
lives() {
  [ -s "$state/pids/$1" ] || return 1
  read -r pid born <"$state/pids/$1"
  [ "$(birth "$pid")" = "$born" ]
}`),

    block(`
# until_ready WHAT PID: waits until a process that we have started says that it is what it shall be.
until_ready() {
  until [ -e "$state/ready/$1" ]; do
    [ -n "$(birth "$2")" ] || [ -e "$state/ready/$1" ] || die "$1 does not start: $(tail -n 1 "$state/log/$1")"
    sleep 0.02
  done
}`),
  ];
}

/** moby: oci/caps/defaults.go */
const FOURTEEN = `
# What Docker leaves root of its powers: nothing that reaches beyond the workload's own files and processes.
${DOCKERS_FOURTEEN}`;

/** Only what this pod needs: a pod without a network is made where there is no nft. */
function toolsOf({ network, intent, workloads }: Story): string[] {
  return [
    ...['realpath', 'flock', 'setsid', 'unshare', 'nsenter', 'mount', 'kill', 'sleep', 'tail', 'env'],
    ...(intent.share.includes('net') ? ['ip'] : []),
    ...(network ? ['nft'] : []),
    ...(intent.ports.length > 0 ? ['ss'] : []),
    ...(workloads.length > 0 ? ['setpriv', 'umount', 'pivot_root', 'chroot'] : []),
  ];
}
