#!/usr/bin/env bash
# The C programs alone, without Node: bash, coreutils, util-linux and a C compiler (and strace if present). As root:
#   make test         or   ./test.sh [DIRECTORY OF THE PROGRAMS]
# Runs in a pretend host of its own (net, mnt, uts, ipc, pid; tmpfs on /run), so leftovers end with it.
# A check marked "control" shows that the check before it can fail.
set -u
cd "$(dirname "$0")" || exit 1
bin=$(realpath "${1:-bin}"); T=/run/test
if [ -z "${PRETEND_HOST:-}" ]; then
  [ "$(id -u)" = 0 ] || { echo "test.sh: needs root"; exit 1; }
  PRETEND_HOST=1 exec unshare --net --mount --uts --ipc --pid --fork --kill-child=SIGKILL --mount-proc --propagation private \
    bash -c 'mount -t tmpfs -o mode=755 tmpfs /run; mount -t sysfs sysfs /sys; exec "$@"' -- bash ./test.sh "$bin"
fi
mkdir -p "$T/stage"; cc -D_GNU_SOURCE -o "$T/test_driver" test_driver.c && cc -o "$T/test_server" test_server.c || exit 1
passed=0 failed=0; declare -A in=() driver=()

ok() { local what=$1; shift; if "$@" >/dev/null 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $what: $*"; fi; }
is() { if [ "$2" = "$3" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $1: wanted '$2', got '$3'"; fi; }
no() { ! "$@"; }
# A wait that is in vain is a failure, also where nothing asks for its result: it would cost a minute, and say nothing.
soon() { local n; for n in $(seq 1200); do "$@" >/dev/null 2>&1 && return 0; sleep 0.05; done
  failed=$((failed + 1)); echo "FAILED: not within a minute: $*"; return 1; }
# How late anything may be here, in milliseconds: what a hundred starts of a process take.
late=$(b=$(date +%s%N); for _ in $(seq 20); do sh -c :; done; echo $((($(date +%s%N) - b) / 200000)))
pss() { sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$1/smaps_rollup"; }
running() { cat /proc/[0-9]*/stat 2>/dev/null | grep -E "\(($1)\) [^Z]"; }
gone() { no kill -0 "$1" || grep -q '^State:.*Z' "/proc/$1/status"; }
the_child() { local c; c=$(tr -d ' ' <"/proc/$1/task/$1/children") && [ -n "$c" ] && echo "$c"; }

# start NAME OPTIONS… -- CMD…: a shim behind a driver; send NAME WORD: a word to it; close_control NAME; field NAME KEY: from its record
start() {
  local name=$1 fd; shift; rm -f "$T/$name".*; mkfifo "$T/$name.in"
  (for fd in "${in[@]}"; do exec {fd}>&-; done
   exec "$T/test_driver" "$T/$name.rec" "$T/transcript" "$bin/shim" run --stage "$T/stage" "$@" <"$T/$name.in" >"$T/$name.out" 2>"$T/$name.err" 3>"$T/$name.words") &
  driver[$name]=$!; exec {fd}>"$T/$name.in"; in[$name]=$fd; }
send() { printf '%s\n' "$2" >&"${in[$1]}"; }
close_control() { local fd=${in[$1]}; exec {fd}>&-; unset "in[$1]"; }
field() { sed -n 's/.*"'"$2"'":"\{0,1\}\([^,"}]*\).*/\1/p' "$T/$1.rec"; }
state_is() { [ "$(field "$1" state)" = "$2" ]; }
restarted() { [ "$(field "$1" restarts)" -ge "$2" ]; }
# run NAME OPTIONS… -- CMD…: from `go` to its end; its status in $rc, what it wrote in NAME.out, the words of its shim in NAME.words
run() { start "$@"; send "$1" go; finish "$1"; rc=$?; }
# The shim of an ended workload waits for `stay` or end-of-file: here always the latter.
finish() { soon has_ended "$1"; close_control "$1"; wait "${driver[$1]}"; }
has_ended() { state_is "$1" exited || state_is "$1" failed; }
all_new="--new net,ipc,uts,pid"

echo "# pause"
is "pause -v" "pause" "$("$bin/pause" -v | cut -d' ' -f1)"
for s in TERM:Terminated INT:Interrupt; do
  "$bin/pause" 3>&- 2>"$T/p" & p=$!; soon grep -qx pause "/proc/$p/comm"; soon grep -qE '^Sig(Cgt|Blk):.*[1-9a-f]' "/proc/$p/status"; kill -"${s%:*}" $p; wait $p
  is "pause on ${s%:*}" "0 Shutting down, got signal: ${s#*:}" "$? $(cat "$T/p")"
done
sleep 0.1 | "$bin/pause" 3<&0 0</dev/null; is "creator gone before stay" 4 $?
if command -v strace >/dev/null; then # one that took it for no pipe would hold until it is killed
  timeout -s KILL 30 strace -qq -e trace=none -e inject=fcntl:error=EPERM:when=1 "$bin/pause" 3</dev/null; is "also when fd 3 cannot be asked" 4 $?
fi
(printf st; sleep 0.1; printf 'ay\n') | "$bin/pause" 3<&0 0</dev/null & p=$!; sleep 0.5
ok "stays after stay" kill -0 $p; ok "fd 3 closed after stay" soon no test -e /proc/$p/fd/3; kill -TERM $p; wait $p 2>/dev/null
echo "pause: $(stat -c %s "$bin/pause") bytes"; ok "pause < 10 KB or with libc" test "$(stat -c %s "$bin/pause")" -lt 10240
zombies() { cat /proc/[0-9]*/stat 2>/dev/null | grep -c ") Z $1 "; }
orphans_of() { unshare --pid --fork --mount-proc --kill-child "$@" 3>&- 2>/dev/null & local u=$!; soon the_child $u; sleep 0.2; local one; one=$(the_child $u)
  nsenter -t "$one" -p "$bin/orphan" 1000; sleep 1; zombies "$one"; for i in 1 2 3; do pss "$one"; sleep 0.1; done | sort -n | head -1 >"$T/pss"; kill -KILL "$one"; wait $u 2>/dev/null; }
is "1000 orphans reaped by pause as PID 1" 0 "$(orphans_of env -i "$bin/pause")" # as hold starts it: an environment is stack, too
echo "pause: PSS $(cat "$T/pss") kB"; ok "pause PSS" test "$(cat "$T/pss")" -le 16
ok "control: sleep as PID 1 leaves zombies" test "$(orphans_of sleep 1000)" -gt 900

echo "# run: statuses"
for s in 0 1 2 42 125 126 127 128 200 255; do run w $all_new -- sh -c "exit $s"; is "status $s" "$s $s exited" "$rc $(field w code) $(field w state)"; done
for s in 1 2 3 6 9 11 13 14 15 10 12; do run w -- sh -c "ulimit -c 0; kill -$s \$\$"; is "signal $s" "$((128 + s)) $s" "$rc $(field w signal)"; done
run w -- nosuch; is "no such program" "127 failed execve 2" "$rc $(field w state) $(field w step) $(field w errno)"
ok "reported once" no test -s "$T/w.err"; ok "reported on the socket" grep -qx 'failed execve 2 nosuch' "$T/w.words"
run w -- /etc/passwd; is "not executable" "126 13" "$rc $(field w errno)"
run w -- /etc; is "a directory" "126 13" "$rc $(field w errno)"
run w --open-files 100 -- sh -c '[ "$(ulimit -Sn)" = 100 ]'; is "the soft limit of open files" 0 "$rc"
run w -- sh -c '[ "$(ulimit -Sn)" = 100 ]'; is "as inherited (control)" 1 "$rc"
run w --cwd /nosuch -- true; is "no such directory" "125 chdir 2" "$rc $(field w step) $(field w errno)"
run w --bind /nosuch:/mnt -- true; is "no such volume" "125 bind 2" "$rc $(field w step) $(field w errno)"
for wrong in "--nosuch" "--grace x" "--stage relative" "--net 77" "--new user" "--bind /a" "--restart maybe" "--caps zz" "--tty"; do
  "$bin/shim" run $wrong -- true 2>"$T/p"; is "usage: $wrong" "125 1" "$? $(grep -c '^shim: usage: ' "$T/p")"; done

echo "# numbers: in their range or refused"
said() { grep -qF "shim: usage: wrong value for $1: not a number from $2" "$T/p"; }
for wrong in 4294967296 4294967297 2147483648 -1 -4294967296 18446744073709551616 +1 01 0x10 1e3 1.5 " 1" "1 " ٣ ""; do
  for option in --uid --gid --groups --max-restarts --handler; do
    value=$wrong range="0 to 2147483647"; [ $option = --handler ] && value=startup,success=$wrong range="1 to 2147483647"
    "$bin/shim" run $option "$value" -- true 2>"$T/p"; is "$option '$wrong'" 125 $?; ok "$option '$wrong' names the range" said $option "$range"; done
  "$bin/shim" run --handler startup --tcp "1.2.3.4:$wrong" -- true 2>"$T/p"; is "--tcp :'$wrong'" 125 $?; ok "--tcp :'$wrong' names the range" said --tcp "1 to 65535"; done
for wrong in 2147483648 9223372036854775807 -1 01 1e3 0x1 1. .5 1.2345 1.-5 1.+5 "1. 5" NaN; do
  for option in --grace --deadline --backoff; do "$bin/shim" run $option "$wrong" -- true 2>"$T/p"; is "$option '$wrong'" "125 1" "$? $(grep -c '^shim: usage: ' "$T/p")"; done; done
for wrong in 0xff -1 " f" 10000000000000000 ""; do "$bin/shim" run --caps "$wrong" -- true 2>"$T/p"; is "--caps '$wrong'" "125 1" "$? $(grep -c '^shim: usage: ' "$T/p")"; done
run w --uid 2147483647 --gid 2147483646 --groups 2147483645 -- sh -c 'echo "ids $(id -u) $(id -g) $(id -G)"'
is "control: the greatest ids" "ids 2147483647 2147483646 2147483646 2147483645" "$(grep ^ids "$T/w.out")"
run w $all_new --grace 2147483647 --deadline 2147483647.999 --handler startup,period=2147483647,delay=2147483647 --exec true -- sh -c 'exit 7'; is "control: the longest times do not pass at once" 7 $rc
start w $all_new --handler post-start --sleep 2147483647 -- sh -c "sleep 0.3; exit 8"; send w go; finish w; is "control: the longest sleep does not end" "8 0" "$(field w code) $(grep -c startup-done "$T/w.words")"

echo "# failures do not control the terminal"
evil=$'\e[2J\x7f\n\xc2\x9b31m\xe2\x80\xae\xe2\x81\xa6\xd8\x9c'; ESC=$'[\001-\010\013-\037\177]|\xc2[\x80-\x9f]|\xe2\x80\xae|\xe2\x81\xa6|\xd8\x9c'
acts() { LC_ALL=C grep -qaE "$ESC" "$1" || [ "$(wc -l <"$1")" -gt 1 ]; }
"$bin/shim" run "--$evil" -- true 2>"$T/p"; ok "usage" no acts "$T/p"; "$bin/shim" "$evil" 2>"$T/p"; ok "verb" no acts "$T/p"
"$bin/shim" run --bind "/nosuch$evil:/mnt" --stage "$T/stage" -- true 2>"$T/p"; ok "a path" no acts "$T/p"; ok "shown" grep -q 'nosuch?\[2J' "$T/p"
run w -- "nosuch-ü$evil"; grep failed "$T/w.words" >"$T/p"; ok "on the socket" no acts "$T/p"; ok "UTF-8 is kept" grep -q 'nosuch-ü' "$T/w.words"
printf '%s\n' "$evil" >"$T/p"; ok "control: raw, it acts" acts "$T/p"

echo "# run: what a workload is"; dev=$(ls /dev)
(for fd in $(seq 20 60); do eval "exec $fd</dev/null"; done; start w $all_new -- sh -c 'ls /proc/self/fd | wc -w'; send w go; finish w; cat "$T/w.out" >"$T/p")
is "descriptors 0-2 and ls's own" 4 "$(grep -x '[0-9]*' "$T/p")"
run w $all_new -- sh -c 'echo $(grep -E "^(NoNewPrivs|CapBnd|CapPrm|CapInh|CapAmb|SigBlk|SigIgn):" /proc/self/status | tr -d "\n\t"); pwd; umask; echo $$; ls /proc | grep -c "^[0-9]"'
ok "capabilities, no_new_privs, signals" grep -qx 'SigBlk:0*SigIgn:0*CapInh:0*CapPrm:0*a80425fbCapBnd:0*a80425fbCapAmb:0*NoNewPrivs:0' "$T/w.out"
is "cwd, umask, PID 1" "/ 0022 1" "$(grep -A3 -x / "$T/w.out" | head -3 | xargs)"
run w $all_new --privileged -- grep -E '^CapBnd:' /proc/self/status
is "control: --privileged keeps all" "$(grep CapBnd /proc/self/status)" "$(grep CapBnd "$T/w.out")"
run w --uid 1000 --gid 1001 --groups 7,8 -- sh -c 'id -u; id -g; id -G; grep CapEff /proc/self/status'
is "uid, gid, groups" "1000 1001 1001 7 8 CapEff: 0000000000000000" "$(xargs <"$T/w.out")"
run w --caps 0 -- grep CapBnd /proc/self/status; ok "--caps" grep -q 'CapBnd:.*00000000' "$T/w.out"
run w $all_new --hostname web -- sh -c 'hostname; ls /sys/class/net; cat /sys/class/net/lo/flags'; is "hostname, own /sys, lo up" "web lo 0x9" "$(xargs <"$T/w.out")"
run w $all_new -- sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward || echo refused'; ok "/proc/sys read-only" grep -qx refused "$T/w.out"
run w $all_new --privileged -- sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward && echo done'; ok "control: writable if privileged" grep -qx 'done' "$T/w.out"; is "nothing new in the host's /dev" "$dev" "$(ls /dev)"

echo "# run: the private root"
mark=nslab-test-$$; mkdir "$T/vol"; echo from-host >"$T/vol/file"
run w $all_new -- sh -c "mkdir /$mark && echo x >/etc/$mark && echo x >/var/$mark && echo x >/run/$mark && echo x >/tmp/$mark && cat /etc/$mark"
is "writes succeed" "0" "$rc"; for f in / /etc/ /var/ /run/ /tmp/; do ok "nothing at $f" no test -e "$f$mark"; done
run w $all_new --bind "$T/vol:/new/place" -- sh -c 'cat /new/place/file; echo x >/new/place/written'; ok "volume seen" grep -qx from-host "$T/w.out"
ok "control: a volume is the host's" test -e "$T/vol/written"; ok "its mount point is not" no test -e /new
run w $all_new --bind "$T/vol:/new/place:ro" -- sh -c 'echo x >/new/place/ro'; ok "read-only volume" no test -e "$T/vol/ro"
run w $all_new --bind "$T/vol/file:/var/run/deep/file" -- cat /run/deep/file; ok "target behind a symbolic link" grep -qx from-host "$T/w.out"; ok "not at the host's" no test -e /run/deep
mkdir "$T"/o "$T"/o/{l,u,w}; echo other >"$T/o/l/other"; mount -t overlay overlay -o "lowerdir=$T/o/l,upperdir=$T/o/u,workdir=$T/o/w" /mnt
run w $all_new -- sh -c 'cat /mnt/other; echo x >/mnt/other || echo refused'; is "another file system: seen, read-only" "other refused" "$(xargs <"$T/w.out")"; umount /mnt
printf 'cat\nls\n' >"$T/list"; run w $all_new --applets "/bin/bash:/run/applets:$T/list" -- sh -c 'readlink /run/applets/cat /run/applets/ls'; is "applets" "/bin/bash /bin/bash" "$(grep bash "$T/w.out" | xargs)"
run w $all_new -- sh -c 'echo x >/dev/null; head -c 4 /dev/zero | wc -c; test -c /dev/ptmx && test -d /dev/mqueue && test -w /dev/shm && echo fine; ls /dev/pts'; is "devices" "4 fine ptmx" "$(xargs <"$T/w.out")"

echo "# hold: shared memory"
mkfifo "$T/hold.in"
shared="--shm-size 1048576"
hold() { "$@" "$bin/shim" hold --stage "$T/stage" $shared -- "$bin/pause" demo 3<"$T/hold.in" 5>>"$T/transcript" & holder=$!; exec {hold}>"$T/hold.in"; }
hold; soon grep -qx pause "/proc/$holder/comm"; echo stay >&"$hold"
is "the holder's only mounts" "/ /shm" "$(cut -d' ' -f5 "/proc/$holder/mountinfo" | xargs)"
exec {mnt}<"/proc/$holder/ns/mnt"
fd4shim() { local name=$1; shift; start "$name" --holder "$mnt" --shm /shm "$@"; }
fd4shim a $all_new -- sh -c 'echo hello >/dev/shm/note; df /dev/shm | tail -1; sleep 100'; send a go; soon test -e "/proc/$holder/root/shm/note"
fd4shim b $all_new -- cat /dev/shm/note; send b go; finish b; ok "two shims share memory" grep -qx hello "$T/b.out"; ok "of the requested size" grep -q ' 1024 ' "$T/a.out"
run w $all_new -- ls /dev/shm; ok "control: not without --shm" no grep -q note "$T/w.out"
close_control a; exec {mnt}<&- {hold}>&-; sleep 0.2; ok "the holder stays after stay" kill -0 $holder; kill -TERM $holder; wait $holder; is "and exits on TERM" 0 $?
hold unshare --pid --fork --kill-child; u=$holder; soon the_child $u; p=$(the_child $u); soon grep -qx pause "/proc/$p/comm"; ok "hold as PID 1" grep -q '^NSpid:.*[[:space:]]1$' "/proc/$p/status"
exec {hold}>&-; wait $u; is "and exits with its creator" 4 $?
"$bin/shim" hold --stage "$T/stage" -- /nosuch 2>"$T/p" 3>&-; is "hold without a pause" "125 shim: open /nosuch: No such file or directory" "$? $(cat "$T/p")"

. checks/volumes.sh

echo "# run: restarts and stops"
start w $all_new --restart on-failure --backoff 0.3 -- sh -c 'exit 3'; send w go; began=$(date +%s%N); soon restarted w 3; took=$((($(date +%s%N) - began) / 1000000))
ok "restarts: at once, after 0.3 and 0.6 s" test $took -ge 900; soon state_is w waiting; ok "record waits" state_is w waiting; close_control w; wait "${driver[w]}"
run w $all_new --restart on-failure -- true; is "on-failure: not after 0" "0 0" "$rc $(field w restarts)"
run w $all_new --restart no -- false; is "no: never" "1 0" "$rc $(field w restarts)"
run w $all_new --restart on-failure --max-restarts 1 --backoff 0.05 -- sh -c 'exit 3'; is "max-restarts: as often, and no more" "3 1 exited" "$rc $(field w restarts) $(field w state)"
start w $all_new --restart always --backoff 0.1 -- true; send w go; soon restarted w 2; ok "always: after 0 too" restarted w 2; close_control w; wait "${driver[w]}"
start w $all_new -- sleep 1000; send w go; soon state_is w running; p=$(field w pid); close_control w; wait "${driver[w]}"; is "hang-up before stay kills" "137" $?; ok "gone" gone "$p"
start w $all_new -- sleep 1000; send w go; send w stay; soon grep -q '"running","stay":true' "$T/w.rec"; close_control w; wait "${driver[w]}"; p=$(field w pid) s=$(field w shim); sleep 0.2
ok "control: not after stay" kill -0 "$p"; ok "the record is locked" no flock -n "$T/w.rec" true; size=$(stat -c %s "$bin/shim")
echo "shim: PSS $(pss "$s") kB, $size bytes"; ok "shim PSS (with musl; else 256)" test "$(pss "$s")" -le $((size < 200000 ? 200 : 256))
is "start time" "$(sed 's/.*) //' "/proc/$p/stat" | cut -d' ' -f20)" "$(field w start)"
kill -KILL "$s"; soon gone "$p"; ok "a killed shim takes its workload along" gone "$p"; soon gone "$s"; ok "and the lock is free" flock -n "$T/w.rec" true
is "record: 512 bytes, one line" "512 1" "$(stat -c %s "$T/w.rec") $(wc -l <"$T/w.rec")"; is "record: seq is end" "$(field w seq)" "$(field w end)"
stopped() { start w "$@"; send w go; send w stay; soon state_is w running; sleep 0.3; began=$(date +%s%N); kill -TERM "$(field w shim)"; soon no state_is w running; took=$((($(date +%s%N) - began) / 1000000)); close_control w; }
stopped $all_new --restart always -- bash -c 'trap "exit 5" TERM; while :; do sleep 0.05; done'; is "TERM caught" "exited 5 0" "$(field w state) $(field w code) $(field w restarts)"
stopped $all_new --grace 3 -- sleep 1000; is "PID 1 that does not catch TERM: KILL" "137 does not catch TERM" "$(field w code) $(field w note)"; ok "at once" test $took -lt $((1500 + late))
stopped --grace 0.7 -- bash -c 'trap "" TERM; while :; do sleep 0.05; done'; is "TERM ignored: KILL" "137" "$(field w code)"; ok "after the grace" test $took -ge 600
ok "nothing of its group is left" no running sleep
mkdir "$T/full"; mount -t tmpfs -o size=64k tmpfs "$T/full"; start f -- true; close_control f; wait "${driver[f]}"
(cd "$T/full"; head -c 512 /dev/zero >record; cat /dev/zero >filler 2>/dev/null); "$bin/shim" run -- sh -c 'exit 9' 3>&- 4<>"$T/full/record"; ok "status kept on a full disk" grep -q '"code":9' "$T/full/record"
head -c 100 /dev/zero >"$T/short"; "$bin/shim" run -- true 3>&- 4<>"$T/short" 2>"$T/p"; is "control: a short record is refused" "125 100" "$? $(stat -c %s "$T/short")"
. checks/handlers.sh
. checks/stop.sh

echo "# exec"
start w $all_new --hostname inner -- sh -c 'echo inside >/etc/mark; sleep 1000'; send w go; soon state_is w running; p=$(field w pid); sleep 0.2
for k in net ipc uts pid mnt; do exec {fd}<"/proc/$p/ns/$k"; ns="${ns:-} --$k $fd"; done
inside() { "$bin/shim" exec $ns "$@" 3>&-; }
is "its files, its name, its processes" "inside inner 1" "$(inside -- sh -c 'cat /etc/mark; hostname; ls /proc | grep -cx 1' | xargs)"
for s in 0 1 77 255; do inside -- sh -c "exit $s"; is "exec status $s" $s $?; done
inside -- sh -c 'kill -9 $$'; is "exec: by signal" 137 $?; inside -- nosuch 2>/dev/null; is "exec: 127" 127 $?; inside -- /etc 2>/dev/null; is "exec: 126" 126 $?; inside --cwd /nosuch -- true 2>/dev/null; is "exec: 125" 125 $?
"$bin/shim" exec $ns -- nosuch 3>"$T/p" 2>/dev/null; is "exec reports" "failed execve 2 nosuch" "$(cat "$T/p")"; "$bin/shim" exec $ns -- true 3>"$T/p"; ok "exec reports" grep -qx 'started [0-9]*' "$T/p"
"$bin/shim" exec $ns -- bash -c 'trap "exit 6" USR1; echo up; while :; do sleep 0.05; done' >"$T/p" 3>&- & e=$!; soon grep -q up "$T/p"; kill -USR1 $e; wait $e; is "signals are passed on" 6 $?
"$bin/shim" exec $ns -- sleep 1000 3>&- & e=$!; soon the_child $e; c=$(the_child $e); kill -KILL $e; wait $e 2>/dev/null; soon gone "$c"; ok "a killed exec takes its command along" gone "$c"
mkfifo "$T/ctl"; "$bin/shim" exec $ns -- sleep 1000 3<"$T/ctl" & e=$!; exec {ctl}>"$T/ctl"; soon the_child $e; c=$(the_child $e); sleep 0.1; ok "it runs (control)" no gone "$c"
exec {ctl}>&-; wait $e; is "without its creator, its command is killed" 137 $?; ok "and is gone" gone "$c"
export bin ns; tty() { script -qec "stty rows 33 cols 99; $bin/shim exec $ns --tty -- $1 3>&-" /dev/null 2>&1 <"${2:-/dev/null}"; }
is "--tty: a terminal of the pod's, of our size" "/dev/pts/0 33 99" "$(tty "sh -c 'tty; stty size'" | grep -o '[/0-9][a-z0-9/ ]*' | xargs)"
printf 'sleep 0.1 &\njobs -l | grep -c Running; fg; exit 12\n' >"$T/typed"; out=$(tty "bash --norc --noprofile" "$T/typed"); is "--tty: status" 12 $?; ok "--tty: job control" no grep -q 'no job control' <<<"$out"
is "--tty: all of the output" 20000 "$(tty "seq 20000" | wc -l)"
is "--tty: without a terminal" "x" "$(inside --tty -- sh -c 'echo x' </dev/null | tr -d '\r')"
inside --tty -- yes </dev/null | head -1 >/dev/null; is "--tty: output closed" 129 "${PIPESTATUS[0]}"
close_control w; wait "${driver[w]}"

echo "# transcript"
is "each line is a call" 0 "$(grep -cvE '^\{"t":[0-9]+,"channel":"shim","who":[0-9]+,"purpose":"[A-Z_]+","call":"[a-z_0-9]+","args":".*","result":-?[0-9]+(,"errno":[0-9]+)?,"us":[0-9]+(,"evidence":\[("[a-z_]+:\[[0-9]+\] -> [a-z_]+:\[[0-9]+\]",?)+\])?\}$' "$T/transcript")"
move='"call":"(unshare|setns)","args":"[^"]*","result":0,'
is "each move has the inodes before and after" "$(grep -cE "$move" "$T/transcript")" "$(grep -cE "$move.*\"evidence\":" "$T/transcript")"
is "and nothing else has" 0 "$(grep -vE "$move|\"call\":\"clone\"" "$T/transcript" | grep -c evidence)"
calls='unshare|setns|mount|umount2|pivot_root|sethostname|open_tree|move_mount|clone|mkdir|chown'
from_transcript() { sed -nE 's/.*"call":"('"$calls"')","args":"(.*)","result":.*/\1(\2)/p' "$1" | sed -E 's/\\(.)/\1/g' | sed -E 's/^clone\(SIGCHLD\)$//; /^$/d' | sort; }
from_strace() { cat "$1".* | sed -nE 's/^('"$calls"')\((.*)\) += .*/\1(\2)/p' | sed -E 's/^clone\(.*flags=([A-Z_|]*).*/clone(\1)/; /^clone\(SIGCHLD\)$/d; /^clone\(CLONE_(VM|CHILD)/d' | sort; }
if command -v strace >/dev/null; then
  shared="--shm-size 1048576 --tmpfs a:mode=0770,gid=7"; hold; soon grep -qx pause "/proc/$holder/comm"; exec {mnt}<"/proc/$holder/ns/mnt"; rm -f "$T/transcript2"
  strace -ff -s 4096 -o "$T/trace" -e trace="${calls//|/,}" "$bin/shim" run --stage "$T/stage" --holder $mnt --shm /shm --holder-bind /volumes/a/sub:/t:ro --mkdir /w --read-only --handler post-start --exec true --handler pre-stop --sleep 9 --handler readiness --tcp 127.0.0.1:1 $all_new --hostname traced --bind "$T/vol:/v:ro" -- sleep 0.3 3>&- 4>&- 5>>"$T/transcript2"
  ok "control: the trace is not empty" test "$(from_strace "$T/trace" | wc -l)" -gt 20
  is "strace sees what the transcript says" "" "$(diff <(from_transcript "$T/transcript2") <(from_strace "$T/trace"))"; exec {hold}>&- {mnt}<&-; wait $holder
fi
began=$(date +%s%N); for _ in $(seq 20); do "$bin/shim" run --stage "$T/stage" $all_new -- /bin/true 3>&- 4>&-; done; echo "one attempt of /bin/true: $((($(date +%s%N) - began) / 20000)) µs"
. checks/looks.sh
. checks/relay.sh
ok "nothing is left" no running 'shim|pause|sleep'
echo "$passed passed, $failed failed"; [ "$failed" = 0 ]
