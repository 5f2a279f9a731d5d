# Sourced by test.sh: how and in which order a workload is stopped.
echo "# stop: the pre-stop hook"
log="--bind $T/flag:/flag --handler pre-stop --exec sh --exec -c --exec"; loud='trap "echo term >>/flag/log; exit 5" TERM; while :; do sleep 0.05; done'
ended() { rm -f "$T/flag/log"; stopped $all_new "$@"; log_is=$(cat "$T/flag/log" 2>/dev/null | xargs); }
ended $log 'echo hook >>/flag/log; sleep 0.3' -- bash -c "$loud"; is "before TERM" "hook term 5" "$log_is $(field w code)"; ok "which waits for it" test $took -ge 300 -a $took -lt $((1500 + late))
ended --bind "$T/flag:/flag" -- bash -c "$loud"; is "control: without" "term 5" "$log_is $(field w code)"
ended $log 'echo hook >>/flag/log' -- sleep 1000; is "also where TERM is not caught" "hook 137 does not catch TERM" "$log_is $(field w code) $(field w note)"; ok "then at once" test $took -lt $((1500 + late))
ended --grace 0.3 $log 'echo hook >>/flag/log; sleep 1000' -- bash -c "$loud"; is "a hook that takes all of the grace period" "hook term 5" "$log_is $(field w code)"; ok "is cut off there" test $took -ge 300 -a $took -lt $((1500 + late)); ok "and is killed" no running sleep
stopped --grace 0.3 $log 'sleep 1000' -- bash -c 'trap "" TERM; while :; do sleep 0.05; done'; is "KILL 2 s later" 137 "$(field w code)"; ok "not before, not much later" test $took -ge 2200 -a $took -lt $((3500 + late))
ended --bind "$T/flag:/flag" --handler pre-stop --sleep 0.4 -- bash -c "$loud"; ok "--sleep" test $took -ge 400 -a $took -lt $((1500 + late))
ended --grace 0 $log 'echo hook >>/flag/log' -- bash -c "$loud"; is "no grace, no hook" "" "$log_is"
rm -f "$T/flag/log"; launch w $all_new $log 'echo hook >>/flag/log' -- sh -c 'exit 3'; finish w; ok "not when the workload has ended by itself" no test -e "$T/flag/log"
rm -f "$T/flag/log"; launch w $all_new $log 'echo hook >>/flag/log' --handler liveness,delay=0.3,failure=1 --exec false -- bash -c "$loud"; soon has_ended w; is "but after a failed probe" "hook term" "$(xargs <"$T/flag/log")"; finish w
rm -f "$T/flag/log"; launch w $all_new --restart always --grace 0.5 $log 'sleep 100' --handler liveness,delay=0.3,failure=1,grace=60 --exec false -- bash -c "$loud"; send w stay; soon grep -q '"note":"liveness' "$T/w.rec"; began=$(date +%s%N); kill -TERM "$(field w shim)"; soon has_ended w; took=$((($(date +%s%N) - began) / 1000000))
is "TERM to the shim shortens a stop under way and makes it final" "exited 0 term" "$(field w state) $(field w restarts) $(xargs <"$T/flag/log")"; ok "to its own grace" test $took -ge 400 -a $took -lt $((2500 + late)); close_control w

echo "# stop: deadlines and --stop-on-eof"
rm -f "$T/flag/log"; launch w $all_new --restart always --deadline 2 $log 'echo hook >>/flag/log' -- bash -c "$loud"; is "before its deadline" running "$(field w state)"; soon has_ended w; is "after it" "exited 0 deadline exceeded hook term" "$(field w state) $(field w restarts) $(field w note) $(xargs <"$T/flag/log")"; finish w
start w $all_new --deadline 0.3 -- sleep 1000; send w begin; soon grep -q ended "$T/w.words"; is "also before go: a pod's time runs while its other containers are waited for" "created deadline exceeded" "$(field w state) $(field w note)"; close_control w; wait "${driver[w]}"
launch w $all_new --restart always --backoff 60 --deadline 2 -- false; soon grep -q '"restarts":1' "$T/w.rec"; soon has_ended w; is "also while it waits" "exited 1 deadline exceeded" "$(field w state) $(field w restarts) $(field w note)"; finish w
pipe() { local r w; mkfifo "$T/pipe"; exec {r}<>"$T/pipe" {w}>"$T/pipe" {until}<"$T/pipe" {r}>&-; hold_open=$w; rm "$T/pipe"; }
pipe; start m $all_new --hold-open $hold_open -- bash -c 'ls /proc/self/fd | wc -w; read -t 1 <>/dev/zero; sleep 0.5'; start s $all_new --restart always --stop-on-eof $until --bind "$T/flag:/flag" -- bash -c "$loud"; exec {hold_open}>&- {until}<&-
rm -f "$T/flag/log"; send s go; send m go; soon state_is s running; sleep 0.3; is "while the write end is open" running "$(field s state)"; close_control m; soon no state_is s running; is "when it is closed" "exited 0 term the workloads it serves have ended" "$(field s state) $(field s restarts) $(xargs <"$T/flag/log") $(field s note)"
is "the workload never had it" 4 "$(grep -x '[0-9]*' "$T/m.out")"; wait "${driver[m]}"; finish s
pipe; start m $all_new --hold-open $hold_open --handler post-start --exec sleep --exec 1000 -- sleep 1000; start s $all_new --stop-on-eof $until -- bash -c "$polite"; send s go; send m go; exec {hold_open}>&- {until}<&-; soon grep -q '^started' "$T/m.words"; soon state_is s running; sleep 0.3; ok "control: it is open" state_is s running
kill -KILL "$(field m shim)"; soon has_ended s; is "a shim that is killed, with its handlers" "the workloads it serves have ended" "$(field s note)"; close_control m; wait "${driver[m]}"; finish s
pipe; start s $all_new --stop-on-eof $until -- sleep 1000; exec {until}<&-; exec {hold_open}>&-; soon grep -q ended "$T/s.words"; is "before go" "created 0" "$(field s state) $(field s pid)"; close_control s; wait "${driver[s]}"

echo "# stop: the pods of a Job"
pods_of_a_job() { mkfifo "$T/failed"; printf '\n' >"$T/failures"; exec {fifo}<>"$T/failed" {count}>>"$T/failures"; rm "$T/failed"; member="$all_new --restart on-failure --max-restarts 1 --job-failures $count --job-failed $fifo"; }
over() { exec {fifo}>&- {count}>&-; }
pods_of_a_job; start o $member -- bash -c "$loud"; start w $member -- sh -c 'ls /proc/self/fd | wc -w; exit 3'; over; rm -f "$T/flag/log"; send o go; soon state_is o running; send w go; soon has_ended w; soon has_ended o
is "one more failure than the limit fails the Job" "exited 3 1 3" "$(field w state) $(field w code) $(field w restarts) $(stat -c %s "$T/failures")"; is "what runs is ended" "exited 5 0 the Job has failed" "$(field o state) $(field o code) $(field o restarts) $(field o note)"
is "the workload never had its files" 4 "$(grep -x '[0-9]*' "$T/w.out" | head -n 1)"; finish w; finish o
pods_of_a_job; printf x >&$count; start w $member -- sh -c 'exit 3'; over; send w go; soon has_ended w; is "failures of others count" "exited 0 3" "$(field w state) $(field w restarts) $(stat -c %s "$T/failures")"; finish w
pods_of_a_job; start w $member -- true; over; send w go; soon has_ended w; is "control: success does not" "exited 0 1" "$(field w state) $(field w code) $(stat -c %s "$T/failures")"; finish w
