# Sourced by test.sh: a look that fails is not taken for "there is nothing". With strace, and only where this is.
looking() { strace -qqq -f -o "$T/looks" "$@" 3>&- 4>&- 2>/dev/null; }
looks() { [ "$(grep -c mountinfo "$T/looks")" -ge "$1" ]; }

if command -v strace >/dev/null; then
  echo "# looks that fail"
  sys=$(looking -e trace=?stat,newfstatat -e inject=?stat,newfstatat:error=ENOMEM -P "$T/stage/root/proc/sys" "$bin/shim" run --stage "$T/stage" $all_new -- grep -c ' /proc/sys ro,' /proc/self/mountinfo)
  is "settings that cannot be looked at are read-only all the same" 1 "$sys"; ok "control: the look has failed" grep -q 'proc/sys.*INJECTED' "$T/looks"

  # The shim's third look at the mounts of the host is the first while the program runs; at a change it looks again.
  rm "$T/looks"; mkdir -p "$T"/looked/{l,u,w,go,beside}; echo other >"$T/looked/l/other"
  mount -t overlay overlay -o "lowerdir=$T/looked/l,upperdir=$T/looked/u,workdir=$T/looked/w" /mnt
  looking -e trace=?open,openat -e inject=?open,openat:error=ENOMEM:when=3 -P /proc/self/mountinfo "$bin/shim" run --stage "$T/stage" $all_new --bind "$T/looked/go:/go" -- \
    sh -c 'until test -e /go/on; do sleep 0.05; done; cat /mnt/other' >"$T/looked/out" & looked=$!
  soon grep -q INJECTED "$T/looks"; mount -t tmpfs tmpfs "$T/looked/beside"; soon looks 5; touch "$T/looked/go/on"; wait $looked
  is "what the host still has mounted stays where its table cannot be read" other "$(cat "$T/looked/out")"; umount /mnt "$T/looked/beside"
fi
