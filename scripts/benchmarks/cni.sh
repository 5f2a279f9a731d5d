#!/usr/bin/env bash
# COUNT network namespaces wired by the CNI reference plugins (loopback; bridge with host-local), and their end; prints what
# `native/floor.c` prints. CNI says what a plugin is told: https://www.cni.dev/docs/spec/
#   cni.sh COUNT
set -euo pipefail
count=$1
export CNI_PATH=/usr/lib/cni
loopback='{"cniVersion":"0.4.0","name":"lo","type":"loopback"}'
bridge='{"cniVersion":"0.4.0","name":"bench","type":"bridge","bridge":"bench0","isGateway":true,
  "ipam":{"type":"host-local","subnet":"10.201.0.0/16","dataDir":"/run/bench-cni","routes":[{"dst":"0.0.0.0/0"}]}}'

now() { echo "${EPOCHREALTIME/./}"; }
# plugin COMMAND N CONFIGURATION NAME INTERFACE
plugin() { CNI_COMMAND=$1 CNI_CONTAINERID=bench$2 CNI_NETNS=/run/netns/bench$2 CNI_IFNAME=$5 "$CNI_PATH/$4" <<<"$3" >/dev/null; }
start=$(now)
for ((n = 0; n < count; n++)); do
  ip netns add "bench$n"
  plugin ADD "$n" "$loopback" loopback lo
  plugin ADD "$n" "$bridge" bridge eth0
done
made=$(now)
for ((n = 0; n < count; n++)); do
  plugin DEL "$n" "$bridge" bridge eth0
  ip netns delete "bench$n"
done
ended=$(now)
ip link delete bench0
rm -rf /run/bench-cni
echo "{\"create\":$((made - start)),\"remove\":$((ended - made))}"
