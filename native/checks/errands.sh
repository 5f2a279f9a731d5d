# Sourced by test.sh: what a shim has done on behalf of its workload, and what comes of it. Times in tenths of seconds.
health() { echo "$(field "$1" started) $(field "$1" ready)"; }
is_healthy() { [ "$(health "$1")" = "$2" ]; }
# mind NAME OPTIONS… -- CMD…: started, and told to stay if the first word is `stay`
mind() { local name=$1; shift; start "$name" "$@"; word "$name" go; soon grep -q '^started' "$T/$name.out"; }
over() { kill -KILL "$(field "$1" shim)" 2>/dev/null; hang_up "$1"; wait "${driver[$1]}" 2>/dev/null; }
began_again() { [ "$(field "$1" restarts)" -ge 1 ]; }
noted() { grep -qF "\"call\":\"note\",\"args\":\"$(field "$1" pid) $2\"" "$T/diary"; }
polite='trap "exit 5" TERM; while :; do sleep 0.05; done'

echo "# errands: usage"
for wrong in "--errand lunch --exec a" "--errand startup" "--exec a" "--errand startup --exec a --tcp 127.0.0.1:1" "--errand startup,period=0 --exec a" "--errand startup,size=1 --exec a" \
  "--errand post-start,period=1 --exec a" "--errand readiness,grace=1 --exec a" "--errand startup --exec a --errand startup --exec b" "--errand startup --sleep 1" "--errand startup --tcp 127.0.0.1" \
  "--errand startup --tcp ::1:80" "--errand startup --tcp 127.0.0.1:70000" "--errand startup --http 127.0.0.1:80" "--errand startup --tcp 1.2.3.4:5 --header a:b" "--errand startup --http 1.2.3.4:5/ --header ab" "--deadline 0"; do
  "$bin/shim" run $wrong -- true 2>"$T/p"; is "usage: $wrong" "125 1" "$? $(grep -c '^shim: usage: ' "$T/p")"; done

echo "# errands: hooks"
start w $all_new -- sleep 1000; soon state_is w created; is "before it runs" "false false" "$(health w)"; word w go; soon state_is w running; is "without errands: started and ready as it runs" "true true" "$(health w)"; over w
mind w $all_new --errand post-start --exec sleep --exec 0.5 -- sleep 1000; is "not begun before the post-start hook is done" "false false" "$(health w)"
soon is_healthy w "true true"; is "begun then" "started begun" "$(cut -d' ' -f1 "$T/w.out" | xargs)"; ok "in the diary" noted w "post-start hook done"; ok "in the diary" noted w begun; over w
mkdir "$T/facts"; facts='(id; grep -E "^(Cap|NoNew|Sig(Ign|Blk))" /proc/self/status; pwd; hostname; readlink /proc/self/ns/{net,ipc,uts,mnt,pid,user}; env | grep -v ^_= | sort; umask; stat -c %i / /proc/1; ls /proc/self/fd | wc -w)'
facts_of() { rm -f "$T"/facts/*; mind w "$@" --bind "$T/facts:/facts" --errand post-start --exec bash --exec -c --exec "$facts >/facts/hook" -- bash -c "$facts >/facts/part; mv /facts/part /facts/own; sleep 100"; soon grep -q '^begun' "$T/w.out"; }
chmod 777 "$T/facts"; facts_of $all_new --uid 1000 --gid 1001 --groups 7,8 --hostname web --cwd /usr/lib; soon test -s "$T/facts/own"; ok "control: there is something to say" test "$(wc -l <"$T/facts/own")" -gt 20
is "a command runs as the workload does, where it does" "" "$(diff "$T/facts/own" "$T/facts/hook")"; over w
start w $all_new --errand post-start --exec sh --exec -c --exec 'echo noise; echo noise >&2' -- sleep 1000; word w go; soon grep -q begun "$T/w.out"; ok "its output is nobody's" no grep -q noise "$T/w.out" "$T/w.err"; over w
: >"$T/procs"; exec {procs}>"$T/procs"; mind w $all_new --cgroup $procs --errand post-start --exec true -- sleep 1000; soon is_healthy w "true true"; is "and in its cgroup" 00 "$(cat "$T/procs")"; over w; exec {procs}>&-
mind w $all_new --errand post-start --exec sh --exec -c --exec "sleep 0.3; false" -- bash -c "$polite"; soon is_over w; is "a failed post-start hook ends it" "5 post-start hook failed" "$(field w code) $(field w note)"; ok "which never begun" no grep -q begun "$T/w.out"; ok "in the diary" grep -q '"note".*post-start hook failed: status 1"' "$T/diary"; finish w
mind w $all_new --restart on-failure --backoff 0.1 --errand post-start --exec test --exec -e --exec /facts/there --bind "$T/facts:/facts" -- bash -c "$polite"; soon began_again w; ok "and the policy decides" began_again w; touch "$T/facts/there"; soon is_healthy w "true true"
is "until it succeeds; why the last one ended is still said" "running post-start hook failed" "$(field w state) $(field w note)"; over w
mind w $all_new --errand post-start --exec sleep --exec 1000 -- sleep 1000; s=$(field w shim); soon running sleep; soon test "$(the_child "$s" | wc -c)" -gt 5; sleep 0.2; is "control: workload and hook" 2 "$(running sleep | wc -l)"; kill -KILL "$s"; soon no running sleep; ok "a killed shim takes its errands along" no running sleep; over w
mind w $all_new --errand post-start --sleep 0.3 -- sh -c 'sleep 0.1; exit 3'; soon is_over w; is "a workload that ends meanwhile" "3" "$(field w code)"; finish w

echo "# errands: probes"
mind w $all_new --errand startup,period=0.1,failure=100 --exec test --exec -e --exec /up --errand liveness,period=0.1,failure=1 --exec test --exec -e --exec /up -- sh -c 'sleep 0.5; touch /up; sleep 1000'
is "not started before its startup probe says so" "false false" "$(health w)"; soon is_healthy w "true true"; sleep 0.2; is "liveness begins only then" "running" "$(field w state)"; is "begun, once" 1 "$(grep -c '^begun' "$T/w.out")"; ok "the first failure is noted" noted w "startup probe: status 1"; over w
began=$(date +%s%N); mind w $all_new --errand startup,period=0.1,failure=3 --exec false -- bash -c "$polite"; soon is_over w; took=$((($(date +%s%N) - began) / 1000000)); is "failed often enough" "5 startup probe failed" "$(field w code) $(field w note)"; ok "and not before" test $took -ge 200; finish w
mind w $all_new --errand startup,period=0.1,failure=50 --exec false --errand readiness --exec true -- bash -c "$polite"; sleep 0.6; is "control: not yet" "running false false" "$(field w state) $(health w)"; over w
mind w $all_new --restart on-failure --backoff 0.1 --errand liveness,period=0.1,failure=2 --exec test --exec ! --exec -e --exec /ill -- bash -c "sleep 0.3; touch /ill; $polite"
is "alive" "true true" "$(health w)"; soon began_again w; is "a failed liveness probe: again" "5 liveness probe failed" "$(field w code) $(field w note)"; over w
mind w $all_new --errand liveness,period=0.1,delay=0.5,failure=1 --exec false -- bash -c "$polite"; sleep 0.3; is "not before its delay" running "$(field w state)"; soon is_over w; is "but then" "liveness probe failed" "$(field w note)"; finish w
mind w $all_new --errand liveness,period=0.1,timeout=0.2,failure=1 --exec bash --exec -c --exec 'sleep 999 & sleep 999' -- bash -c "$polite"; soon is_over w; is "a probe that takes too long has failed" "liveness probe failed" "$(field w note)"; ok "in the diary" grep -q '"note".*liveness probe: took too long"' "$T/diary"; finish w
mind w --errand readiness,period=0.1,timeout=0.2 --exec bash --exec -c --exec 'sleep 998 & sleep 998' -- sleep 1000; soon grep -q 'readiness probe: took too long' "$T/diary"; hang_up w; wait "${driver[w]}"; soon no running sleep; ok "and all of it is ended" no running sleep
mind w $all_new --errand liveness,period=0.1,timeout=2,failure=1 --exec sleep --exec 0.3 -- bash -c "$polite"; sleep 0.8; is "control: in time" running "$(field w state)"; over w
began=$(date +%s%N); mind w --grace 20 --errand liveness,delay=0.3,grace=0.3,failure=1 --exec false -- bash -c 'trap "" TERM; while :; do sleep 0.05; done'; soon is_over w; took=$((($(date +%s%N) - began) / 1000000)); is "a grace of its own" "137" "$(field w code)"; ok "after it" test $took -ge 600 -a $took -lt 3500; finish w
mkdir "$T/flag"; mind w $all_new --bind "$T/flag:/flag" --errand readiness,period=0.1,success=3,failure=2 --exec test --exec -e --exec /flag/up -- sleep 1000
sleep 0.3; is "started, not ready" "true false" "$(health w)"; touch "$T/flag/up"; soon is_healthy w "true true"; ok "ready" noted w ready; rm "$T/flag/up"; soon is_healthy w "true false"; ok "not ready any more" noted w "not ready"; is "which ends nothing" running "$(field w state)"; over w
is "an errand does not overlap itself" 1 "$(mind w $all_new --bind "$T/flag:/flag" --errand readiness,period=0.1,timeout=9 --exec sh --exec -c --exec 'echo x >>/flag/began; sleep 0.5' -- sleep 1000; sleep 0.4; wc -l <"$T/flag/began"; over w)"; in=(); rm -f "$T/flag/began"

echo "# errands: ports"
chmod 755 "$T/answer"; server="--bind $T/answer:/answer --bind $T/flag:/flag"
mind w $all_new $server --errand readiness,period=0.1,failure=1 --tcp 127.0.0.1:8080 -- sh -c 'sleep 0.4; exec /answer 8080 /flag/text'; sleep 0.2; is "nobody at the port" "true false" "$(health w)"; ok "said as the kernel says it" noted w "readiness probe: Connection refused"; soon is_healthy w "true true"; ok "somebody" is_healthy w "true true"; over w
printf 'HTTP/1.1 404 Not Found\r\n\r\n' >"$T/flag/text"
mind w $all_new $server --errand readiness,period=0.1,timeout=0.3,failure=1 --http 127.0.0.1:8080/is/it?well --header 'X-Who: me' --header "X-Why: it's" -- /answer 8080 /flag/text; soon noted w "readiness probe: an answer other than 200-399"; ok "404: not ready" is_healthy w "true false"
turn() { rm -f "$T/flag/text"; [ -z "$1" ] || printf "$1" >"$T/flag/new"; [ -z "$1" ] || mv "$T/flag/new" "$T/flag/text"; soon is_healthy w "true $2"; ok "$3" is_healthy w "true $2"; }
turn 'HTTP/1.1 204 No Content\r\n\r\n' true "204: ready"; turn 'SSH-2.0-OpenSSH_9.2\r\n' false "no HTTP: not"; turn 'HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n' true "302: ready"; turn 'HTTP/1.1 400 No\r\n\r\n' false "400: not"; turn 'HTTP/1.1 200 OK\r\n\r\n' true "200: ready"; turn '' false "no answer in time: not"
is "what it asks" "GET /is/it?well HTTP/1.1|Host: 127.0.0.1:8080|User-Agent: kube-probe/nslab|Accept: */*|X-Who: me|X-Why: it's|Connection: close|" "$(grep -A7 -m1 ^GET "$T/w.out" | tr -d '\r' | tr '\n' '|' | sed 's/||*$/|/')"; over w
printf 'HTTP/1.1 200 OK\r\n\r\n' >"$T/flag/text"; mind w $all_new $server --errand readiness,period=0.1 --http 127.0.0.1:8080/ --header 'host: web' --header 'user-agent: x' -- /answer 8080 /flag/text; soon grep -q GET "$T/w.out"
is "headers of one's own" "GET / HTTP/1.1|Accept: */*|host: web|user-agent: x|Connection: close|" "$(grep -A5 -m1 ^GET "$T/w.out" | tr -d '\r' | tr '\n' '|' | sed 's/||*$/|/')"; over w
mind a $all_new $server -- /answer 8081 /flag/text; exec {fd}<"/proc/$(field a pid)/ns/net"; mind w --net $fd --new ipc,uts,pid --errand readiness,period=0.1 --tcp 127.0.0.1:8081 -- sleep 1000; soon is_healthy w "true true"; ok "in a network that is shared" is_healthy w "true true"; over w
mind w $all_new --errand readiness,period=0.1 --tcp 127.0.0.1:8081 -- sleep 1000; sleep 0.4; ok "control: not from another" is_healthy w "true false"; over w; over a; exec {fd}<&-
unshare --pid --fork --kill-child "$bin/pause" x 3<&- & u=$!; soon the_child $u; p=$(the_child $u); exec {fd}<"/proc/$p/ns/pid"
look='for i in 1 2 3 4 5; do cat /proc/[0-9]*/comm 2>/dev/null; sleep 0.1; done; sleep 100'
mind w --pid $fd --errand post-start --sleep 0.6 -- sh -c "$look"; soon grep -q begun "$T/w.out"; ok "in a shared pid namespace: the errand is not seen" no grep -qx shim "$T/w.out"; ok "control: others are" grep -qx pause "$T/w.out"; over w
mind w --pid $fd --errand post-start --exec tail --exec -f --exec /dev/null -- sh -c "sleep 0.2; $look"; soon grep -qx tail "$T/w.out"; ok "a command is there, as a part of the workload" grep -qx tail "$T/w.out"; over w; exec {fd}<&-; kill "$p"; wait $u
