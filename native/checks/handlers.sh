# Sourced by test.sh: handlers (hooks and probes) and the effects of their results. Delays are tenths of a second.
health() { echo "$(field "$1" started) $(field "$1" ready)"; }
is_healthy() { [ "$(health "$1")" = "$2" ]; }
# launch NAME OPTIONS… -- CMD…: starts it and waits for `started`
launch() { local name=$1; shift; start "$name" "$@"; send "$name" go; soon grep -q '^started' "$T/$name.words"; }
kill_shim() { kill -KILL "$(field "$1" shim)" 2>/dev/null; close_control "$1"; wait "${driver[$1]}" 2>/dev/null; }
has_restarted() { restarted "$1" 1; }
noted() { grep -qF "\"call\":\"note\",\"args\":\"$(field "$1" pid) $2\"" "$T/transcript"; }
polite='trap "exit 5" TERM; while :; do sleep 0.05; done'

echo "# handlers: usage"
for wrong in "--handler lunch --exec a" "--handler startup" "--exec a" "--handler startup --exec a --tcp 127.0.0.1:1" "--handler startup,period=0 --exec a" "--handler startup,size=1 --exec a" \
  "--handler post-start,period=1 --exec a" "--handler readiness,grace=1 --exec a" "--handler startup --exec a --handler startup --exec b" "--handler startup --sleep 1" "--handler startup --tcp 127.0.0.1" \
  "--handler startup --tcp ::1:80" "--handler startup --tcp 127.0.0.1:70000" "--handler startup --http 127.0.0.1:80" "--handler startup --tcp 1.2.3.4:5 --header a:b" "--handler startup --http 1.2.3.4:5/ --header ab" "--handler startup --grpc 1.2.3.4:5" "--handler post-start --grpc 1.2.3.4:5/" "--handler startup --grpc 1.2.3.4:5/$(printf %0101d 0)" "--handler startup --https 1.2.3.4:5" "--deadline 0"; do
  "$bin/shim" run $wrong -- true 2>"$T/p"; is "usage: $wrong" "125 1" "$? $(grep -c '^shim: usage: ' "$T/p")"; done

echo "# handlers: hooks"
start w $all_new -- sleep 1000; soon state_is w created; is "before it runs" "false false" "$(health w)"; send w go; soon state_is w running; is "without handlers: started and ready when it runs" "true true" "$(health w)"; kill_shim w
launch w $all_new --handler post-start --exec sleep --exec 0.5 -- sleep 1000; is "not started before the post-start hook is done" "false false" "$(health w)"
soon is_healthy w "true true"; is "then startup-done" "started startup-done" "$(cut -d' ' -f1 "$T/w.words" | xargs)"; ok "in the transcript" noted w "post-start hook done"; ok "in the transcript" noted w "startup done"; kill_shim w
mkdir "$T/facts"; facts='(id; grep -E "^(Cap|NoNew|Sig(Ign|Blk))" /proc/self/status; pwd; hostname; readlink /proc/self/ns/{net,ipc,uts,mnt,pid,user}; env | grep -v ^_= | sort; umask; stat -c %i / /proc/1; ls /proc/self/fd | wc -w)'
facts_of() { rm -f "$T"/facts/*; launch w "$@" --bind "$T/facts:/facts" --handler post-start --exec bash --exec -c --exec "$facts >/facts/hook" -- bash -c "$facts >/facts/part; mv /facts/part /facts/own; sleep 100"; soon grep -q '^startup-done' "$T/w.words"; }
chmod 777 "$T/facts"; facts_of $all_new --uid 1000 --gid 1001 --groups 7,8 --hostname web --cwd /usr/lib; soon test -s "$T/facts/own"; ok "control: the facts are not empty" test "$(wc -l <"$T/facts/own")" -gt 20
is "a command runs as the workload does, where it does" "" "$(diff "$T/facts/own" "$T/facts/hook")"; kill_shim w
start w $all_new --handler post-start --exec sh --exec -c --exec 'echo noise; echo noise >&2' -- sleep 1000; send w go; soon grep -q startup-done "$T/w.words"; ok "its output is dropped" no grep -q noise "$T/w.out" "$T/w.err"; kill_shim w
: >"$T/procs"; exec {procs}>"$T/procs"; launch w $all_new --cgroup $procs --handler post-start --exec true -- sleep 1000; soon is_healthy w "true true"; is "in its cgroup" 00 "$(cat "$T/procs")"; kill_shim w; exec {procs}>&-
launch w $all_new --handler post-start --exec sh --exec -c --exec "sleep 0.3; false" -- bash -c "$polite"; soon has_ended w; is "a failed post-start hook ends it" "5 post-start hook failed" "$(field w code) $(field w note)"; ok "without startup-done" no grep -q startup-done "$T/w.words"; ok "in the transcript" grep -q '"note".*post-start hook failed: status 1"' "$T/transcript"; finish w
launch w $all_new --restart on-failure --backoff 0.1 --handler post-start --exec test --exec -e --exec /facts/there --bind "$T/facts:/facts" -- bash -c "$polite"; soon has_restarted w; ok "and the policy decides" has_restarted w; touch "$T/facts/there"; soon is_healthy w "true true"
is "until it succeeds; the note keeps the last reason" "running post-start hook failed" "$(field w state) $(field w note)"; kill_shim w
launch w $all_new --handler post-start --exec sleep --exec 1000 -- sleep 1000; s=$(field w shim); soon running sleep; soon test "$(the_child "$s" | wc -c)" -gt 5; sleep 0.2; is "control: workload and hook" 2 "$(running sleep | wc -l)"; kill -KILL "$s"; soon no running sleep; ok "a killed shim takes its handlers along" no running sleep; kill_shim w
launch w $all_new --handler post-start --sleep 0.3 -- sh -c 'sleep 0.1; exit 3'; soon has_ended w; is "a workload that ends during its hook" "3" "$(field w code)"; finish w

echo "# handlers: probes"
launch w $all_new --handler startup,period=0.1,failure=100 --exec test --exec -e --exec /up --handler liveness,period=0.1,failure=1 --exec test --exec -e --exec /up -- sh -c 'sleep 0.5; touch /up; sleep 1000'
is "not started before its startup probe succeeds" "false false" "$(health w)"; soon is_healthy w "true true"; sleep 0.2; is "liveness begins only then" "running" "$(field w state)"; is "startup-done, once" 1 "$(grep -c '^startup-done' "$T/w.words")"; ok "the first failure is noted" noted w "startup probe: status 1"; kill_shim w
began=$(date +%s%N); launch w $all_new --handler startup,period=0.1,failure=3 --exec false -- bash -c "$polite"; soon has_ended w; took=$((($(date +%s%N) - began) / 1000000)); is "failed often enough" "5 startup probe failed" "$(field w code) $(field w note)"; ok "and not before" test $took -ge 200; finish w
launch w $all_new --handler startup,period=0.1,failure=50 --exec false --handler readiness --exec true -- bash -c "$polite"; sleep 0.6; is "control: not yet" "running false false" "$(field w state) $(health w)"; kill_shim w
launch w $all_new --restart on-failure --backoff 0.1 --handler liveness,period=0.1,failure=2 --exec test --exec ! --exec -e --exec /ill -- bash -c "sleep 0.3; touch /ill; $polite"
is "the probe succeeds" "true true" "$(health w)"; soon has_restarted w; is "a failed liveness probe: again" "5 liveness probe failed" "$(field w code) $(field w note)"; kill_shim w
launch w $all_new --handler liveness,period=0.1,delay=2,failure=1 --exec false -- bash -c "$polite"; sleep 0.3; is "not before its delay" running "$(field w state)"; soon has_ended w; is "afterwards" "liveness probe failed" "$(field w note)"; finish w
launch w $all_new --handler liveness,period=0.1,timeout=0.2,failure=1 --exec bash --exec -c --exec 'sleep 999 & sleep 999' -- bash -c "$polite"; soon has_ended w; is "a probe that takes too long has failed" "liveness probe failed" "$(field w note)"; ok "in the transcript" grep -q '"note".*liveness probe: took too long"' "$T/transcript"; finish w
launch w --handler readiness,period=0.1,timeout=0.2 --exec bash --exec -c --exec 'sleep 998 & sleep 998' -- sleep 1000; soon grep -q 'readiness probe: took too long' "$T/transcript"; close_control w; wait "${driver[w]}"; soon no running sleep; ok "with its whole process group" no running sleep
launch w $all_new --handler liveness,period=0.1,timeout=2,failure=1 --exec sleep --exec 0.3 -- bash -c "$polite"; sleep 0.8; is "control: in time" running "$(field w state)"; kill_shim w
began=$(date +%s%N); launch w --grace 20 --handler liveness,delay=0.3,grace=0.3,failure=1 --exec false -- bash -c 'trap "" TERM; while :; do sleep 0.05; done'; soon has_ended w; took=$((($(date +%s%N) - began) / 1000000)); is "a grace period of its own" "137" "$(field w code)"; ok "after it" test $took -ge 600 -a $took -lt $((3500 + late)); finish w
mkdir "$T/flag"; launch w $all_new --bind "$T/flag:/flag" --handler readiness,period=0.1,success=3,failure=2 --exec test --exec -e --exec /flag/up -- sleep 1000
sleep 0.3; is "started, not ready" "true false" "$(health w)"; touch "$T/flag/up"; soon is_healthy w "true true"; ok "ready" noted w ready; rm "$T/flag/up"; soon is_healthy w "true false"; ok "no longer ready" noted w "not ready"; is "which stops nothing" running "$(field w state)"; kill_shim w
is "a handler does not overlap itself" 1 "$(launch w $all_new --bind "$T/flag:/flag" --handler readiness,period=0.1,timeout=9 --exec sh --exec -c --exec 'echo x >>/flag/began; sleep 0.5' -- sleep 1000; sleep 0.4; wc -l <"$T/flag/began"; kill_shim w)"; in=(); rm -f "$T/flag/began"

echo "# handlers: ports"
chmod 755 "$T/test_server"; server="--bind $T/test_server:/test_server --bind $T/flag:/flag"
launch w $all_new $server --handler readiness,period=0.1,failure=1 --tcp 127.0.0.1:8080 -- sh -c 'sleep 0.4; exec /test_server 8080 /flag/text'; sleep 0.2; is "nothing listens at the port" "true false" "$(health w)"; ok "the note has the errno text" noted w "readiness probe: Connection refused"; soon is_healthy w "true true"; ok "now something listens" is_healthy w "true true"; kill_shim w
# Each reason is noted when readiness is lost by it: the first probe may come before the server listens.
printf 'HTTP/1.1 204 No Content\r\n\r\n' >"$T/flag/text"
launch w $all_new $server --handler readiness,period=0.1,timeout=0.3,failure=1 --http 127.0.0.1:8080/is/it?well --header 'X-Who: me' --header "X-Why: it's" -- /test_server 8080 /flag/text; soon is_healthy w "true true"
turn() { rm -f "$T/flag/text"; [ -z "$1" ] || printf "$1" >"$T/flag/new"; [ -z "$1" ] || mv "$T/flag/new" "$T/flag/text"; soon is_healthy w "true $2"; ok "$3" is_healthy w "true $2"; }
turn 'HTTP/1.1 404 Not Found\r\n\r\n' false "404: not ready"; ok "the reason" soon noted w "readiness probe: HTTP status other than 200-399"
turn 'HTTP/1.1 204 No Content\r\n\r\n' true "204: ready"; turn 'SSH-2.0-OpenSSH_9.2\r\n' false "no HTTP: not"; turn 'HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n' true "302: ready"; turn 'HTTP/1.1 400 No\r\n\r\n' false "400: not"; turn 'HTTP/1.1 200 OK\r\n\r\n' true "200: ready"; turn '' false "no answer in time: not"
is "the request" "GET /is/it?well HTTP/1.1|Host: 127.0.0.1:8080|User-Agent: kube-probe/nslab|Accept: */*|X-Who: me|X-Why: it's|Connection: close|" "$(grep -A7 -m1 ^GET "$T/w.out" | tr -d '\r' | tr '\n' '|' | sed 's/||*$/|/')"; kill_shim w
printf 'HTTP/1.1 200 OK\r\n\r\n' >"$T/flag/text"; launch w $all_new $server --handler readiness,period=0.1 --http 127.0.0.1:8080/ --header 'host: web' --header 'user-agent: x' -- /test_server 8080 /flag/text; soon grep -q GET "$T/w.out"
is "custom headers" "GET / HTTP/1.1|Accept: */*|host: web|user-agent: x|Connection: close|" "$(grep -A5 -m1 ^GET "$T/w.out" | tr -d '\r' | tr '\n' '|' | sed 's/||*$/|/')"; kill_shim w
# One answer of HTTP/2: SETTINGS, HEADERS (:status 200), DATA (a message, a byte of it), HEADERS (a field of the trailer) with END_STREAM
answer() { printf '\0\0\0\4\0\0\0\0\0\0\0\1\1\4\0\0\0\1\x88\0\0\7\0\0\0\0\0\1\0\0\0\0\2\10'"$1"'\0\0'"$2"'\1\5\0\0\0\1'"$3" >"$T/flag/new"; mv "$T/flag/new" "$T/flag/text"; }
plain='\0\13grpc-status\001'; answer '\1' '\17' "${plain}0"
launch w $all_new $server --handler readiness,period=0.1,timeout=0.3,failure=1 --grpc 127.0.0.1:8080/some.Service -- /test_server 8080 /flag/text; soon is_healthy w "true true"; ok "gRPC: OK and SERVING" is_healthy w "true true"
answer '\2' '\17' "${plain}0"; ok "the reason" soon noted w "readiness probe: gRPC health status other than SERVING"; ok "NOT_SERVING: not ready" is_healthy w "true false"
huffman='\100\x88\x9a\xca\xc8\xb2\x12\x34\xda\x8f'; answer '\1' '\14' "$huffman\0010"; soon is_healthy w "true true"; ok "the name in Huffman's code" is_healthy w "true true"; answer '\1' '\14' "$huffman\0015"; soon is_healthy w "true false"; ok "control: another status" is_healthy w "true false"
answer '\1' '\14' "$huffman\x81\7"; soon is_healthy w "true true"; ok "and the value" is_healthy w "true true"; answer '\1' '\1' '\x88'; soon is_healthy w "true false"; ok "no grpc-status" is_healthy w "true false"
answer '\1' '\17' "${plain}0"; soon is_healthy w "true true"; printf 'HTTP/1.1 400 Bad Request\r\n\r\n' >"$T/flag/new"; mv "$T/flag/new" "$T/flag/text"; soon is_healthy w "true false"; ok "a server of HTTP/1.1" is_healthy w "true false"; kill_shim w
answer '\1' '\17' "${plain}0"; launch w $all_new $server --handler readiness,period=0.1,failure=1 --grpc 127.0.0.1:8080/ -- /test_server 8080 /flag/text; soon is_healthy w "true true"
answer '\1' '\14' "$huffman\0015"; ok "the reason" soon noted w "readiness probe: gRPC status other than OK"; kill_shim w
launch a $all_new $server -- /test_server 8081 /flag/text; exec {fd}<"/proc/$(field a pid)/ns/net"; launch w --net $fd --new ipc,uts,pid --handler readiness,period=0.1 --tcp 127.0.0.1:8081 -- sleep 1000; soon is_healthy w "true true"; ok "in a network that is shared" is_healthy w "true true"; kill_shim w
launch w $all_new --handler readiness,period=0.1 --tcp 127.0.0.1:8081 -- sleep 1000; sleep 0.4; ok "control: not from another" is_healthy w "true false"; kill_shim w; kill_shim a; exec {fd}<&-
unshare --pid --fork --kill-child "$bin/pause" x 3<&- & u=$!; soon the_child $u; p=$(the_child $u); exec {fd}<"/proc/$p/ns/pid"
look='for i in 1 2 3 4 5; do cat /proc/[0-9]*/comm 2>/dev/null; sleep 0.1; done; sleep 100'
launch w --pid $fd --handler post-start --sleep 0.6 -- sh -c "$look"; soon grep -q startup-done "$T/w.words"; ok "in a shared pid namespace: the handler is not visible" no grep -qx shim "$T/w.out"; ok "control: others are" grep -qx pause "$T/w.out"; kill_shim w
launch w --pid $fd --handler post-start --exec tail --exec -f --exec /dev/null -- sh -c "sleep 0.2; $look"; soon grep -qx tail "$T/w.out"; ok "an exec handler is visible there, like the workload" grep -qx tail "$T/w.out"; kill_shim w; exec {fd}<&-; kill "$p"; wait $u
