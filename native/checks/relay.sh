# Sourced by test.sh: what `relay` refuses, and that it ends. test/kernel/capture.test.ts has packets, test/kernel/events.test.ts messages.
echo "# relay"
is "relay -v" "relay" "$("$bin/relay" -v | cut -d' ' -f1)"
for wrong in "" "packets" "packets 1 2 3" "packets x 2 0 f" "packets 1 -2 0 f" "packets 1 2 4294967296 f" "packets 1 2 0 f 1" "messages" "neither a"; do
  "$bin/relay" $wrong 2>"$T/p" >&2 3</dev/null 4</dev/null; is "usage: relay $wrong" "2 1" "$? $(grep -c '^usage: relay ' "$T/p")"; done
"$bin/relay" messages a b 3</dev/null 4</dev/null 5</dev/null >"$T/p"; is "it ends when its creator has, and has described its sockets" "0 1 1" "$? $(grep -c a "$T/p") $(($(stat -c %s "$T/p") > 32))"
"$bin/relay" packets 4096 1 0 "" 3</dev/null 4</dev/null >"$T/p"; is "control: no ring" "1 0" "$? $(stat -c %s "$T/p")"
