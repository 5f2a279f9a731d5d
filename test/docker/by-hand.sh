#!/bin/sh
# The article's pod with util-linux, iproute2, nftables and a shell only: the cost without a tool.
#   sh by-hand.sh up | down          state in $STATE
set -eu
STATE=${STATE:-/run/by-hand}

up() {
  mkdir -p "$STATE"
  ip link add byhand0 type bridge
  ip addr add 10.99.0.1/24 dev byhand0
  ip link set byhand0 up
  nft -f - <<'END'
table ip byhand {
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr 10.99.0.0/24 ip daddr != 10.99.0.0/24 masquerade
  }
}
END
  unshare --net --ipc --uts sh -c 'hostname by-hand; exec sleep infinity' </dev/null >/dev/null 2>&1 &
  holder=$!
  echo "$holder" >"$STATE/holder"
  until [ "$(cat /proc/$holder/comm)" = sleep ]; do sleep 0.005; done
  ip link add byhand1 type veth peer name eth0 netns "$holder"
  ip link set byhand1 master byhand0 up
  nsenter -t "$holder" -n ip -batch - <<'END'
link set lo up
addr add 10.99.0.2/24 dev eth0
link set eth0 up
route add default via 10.99.0.1
END
  join="nsenter -t $holder --net --ipc --uts unshare --mount --pid --fork --kill-child --mount-proc"
  $join nginx -g 'daemon off;' </dev/null >"$STATE/nginx" 2>&1 &
  echo $! >"$STATE/nginx.pid"
  $join sh -c 'while true; do echo hello; sleep 1; done' </dev/null >"$STATE/busybox" 2>&1 &
  echo $! >"$STATE/busybox.pid"
}

down() {
  for pid in "$(cat "$STATE/nginx.pid")" "$(cat "$STATE/busybox.pid")" "$(cat "$STATE/holder")"; do
    kill -KILL "$pid" 2>/dev/null || true # unshare ignores TERM while its child lives
    while [ -d "/proc/$pid" ]; do sleep 0.01; done
  done
  ip link del byhand1 2>/dev/null || true
  ip link del byhand0
  nft delete table ip byhand
  rm -rf "$STATE" /run/nginx.pid
}

"$1"
