#!/usr/bin/env bash
# COUNT pods by a shell and iproute2, and their end; prints what `native/floor.c` prints.
#   shell.sh batch|single COUNT PAUSE
# batch: one `ip -batch` on the host and one inside for each pod, a group for the end. single: an `ip` for every line.
set -euo pipefail
how=$1 count=$2 pause=$3 gateway=10.200.0.1

# on_host LINES; in_pod PID LINES
on_host() { if [ "$how" = batch ]; then ip -batch - <<<"$1"; else one_by_one "$1" ip; fi; }
in_pod() { if [ "$how" = batch ]; then nsenter -t "$1" -n ip -batch - <<<"$2"; else one_by_one "$2" nsenter -t "$1" -n ip; fi; }
one_by_one() {
  local words lines=$1
  shift
  while read -ra words; do "$@" "${words[@]}"; done <<<"$lines"
}

now() { echo "${EPOCHREALTIME/./}"; }
pids=() each=()
start=$(now)
for ((n = 0; n < count; n++)); do
  begun=$(now)
  address=10.200.$(((n + 2) / 256)).$(((n + 2) % 256))
  unshare --net --ipc --uts "$pause" 2>/dev/null &
  pids+=($!)
  until read -r name <"/proc/$!/comm" && [ "$name" = pause ]; do :; done
  on_host "link add name bench$n numtxqueues 1 numrxqueues 1 group 4242 type veth peer name eth0 numtxqueues 1 numrxqueues 1 netns $!
link set dev bench$n addrgenmode none
address add $gateway/32 dev bench$n
link set dev bench$n up
route add $address/32 dev bench$n"
  in_pod $! "link set dev lo up
link set dev eth0 addrgenmode none
address add $address/32 dev eth0
link set dev eth0 up
route add $gateway dev eth0
route add default via $gateway dev eth0"
  each+=($(($(now) - begun)))
done
made=$(now)
if [ "$how" = batch ]; then ip link delete group 4242; else for ((n = 0; n < count; n++)); do ip link delete "bench$n"; done; fi
{ kill -KILL "${pids[@]}"; wait "${pids[@]}"; } 2>/dev/null || true
IFS=,
echo "{\"create\":$((made - start)),\"remove\":$(($(now) - made)),\"each\":[${each[*]}]}"
