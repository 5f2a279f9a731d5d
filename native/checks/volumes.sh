# Sourced by test.sh: volumes, --mkdir, --read-only, privileges and cgroups of the private root.
output_of() { xargs <"$T/$1.out"; }

echo "# hold: volumes in memory"
shared="--tmpfs cache:mode=0777,size=1048576 --tmpfs team:mode=2770,gid=2000"; hold; soon grep -qx pause "/proc/$holder/comm"; echo stay >&"$hold"
is "without shared memory: only root and volumes" "/ /volumes/cache /volumes/team" "$(cut -d' ' -f5 "/proc/$holder/mountinfo" | xargs)"
h=/proc/$holder/root; is "modes as requested, root 755" "755 777 2770:2000" "$(stat -c %a "$h/.") $(stat -c %a "$h/volumes/cache") $(stat -c %a:%g "$h/volumes/team")"
is "programs may be run in a volume, devices not used" 2 "$(grep -c ' /volumes/[a-z]* rw,nosuid,nodev,relatime' "/proc/$holder/mountinfo")"
exec {mnt}<"/proc/$holder/ns/mnt"; with_holder="$all_new --holder $mnt"
start a $with_holder --holder-bind /volumes/cache:/deep/cache -- sh -c 'echo hello >/deep/cache/note; df /deep/cache | tail -1; sleep 100'; send a go; soon test -e "$h/volumes/cache/note"
run w $with_holder --holder-bind /volumes/cache:/other -- cat /other/note; is "two workloads, one volume" hello "$(output_of w)"; ok "of the requested size" grep -q ' 1024 ' "$T/a.out"; ok "its mount point is not on the host" no test -e /deep
run w $with_holder -- sh -c 'ls /other || echo none'; is "control: not without --holder-bind" none "$(output_of w)"; close_control a; wait "${driver[a]}"
run w $with_holder --holder-bind /volumes/cache:/v:ro -- sh -c 'cat /v/note; echo x >/v/ro || echo refused; grep " /v " /proc/self/mountinfo | cut -d" " -f6'; is ":ro" "hello refused ro,nosuid,nodev,relatime" "$(output_of w)"; ok "control: written without" test ! -e "$h/volumes/cache/ro"
run w $with_holder --holder-bind /volumes/team/a/b:/v -- sh -c 'stat -c %a:%g /v; echo x >/v/mine'; is "a subdirectory is made, like its parent" "2770:2000" "$(output_of w)"; ok "there" test -e "$h/volumes/team/a/b/mine"
mkdir "$h/volumes/cache/g"; chown 1:33 "$h/volumes/cache/g"; chmod 750 "$h/volumes/cache/g"; run w $with_holder --holder-bind /volumes/cache/g/h:/v -- stat -c %a:%u:%g /v; is "the group too, without a set-gid bit" "750:0:33" "$(output_of w)"
run w $with_holder --holder-bind /volumes/cache/note:/etc/note -- cat /etc/note; is "a file of a volume" hello "$(output_of w)"
ln -s /etc "$h/volumes/cache/out"; run w $with_holder --holder-bind /volumes/cache/out:/v -- sh -c 'ls -A /v | wc -l'; is "a link leads to nothing of the host's" "0 0" "$(output_of w) $(ls -A "$h/etc" | wc -l)"; ln -s ../../../../../.. "$h/volumes/cache/up"
run w $with_holder --holder-bind /volumes/cache/up:/v -- sh -c 'ls /v'; is "nor does .." "etc volumes" "$(output_of w)"
run w $with_holder --holder-bind /volumes/cache/note/x:/v -- true; is "below a file" "125 stat 20" "$rc $(field w step) $(field w errno)"
run w $with_holder --bind "$T/vol:/v" --holder-bind /volumes/cache:/v/in --bind "$T/vol/file:/v/in/file" -- cat /v/file /v/in/note /v/in/file; is "in the order of the command line" "from-host hello from-host" "$(output_of w)"
for wrong in "--holder-bind /a:/b" "--holder $mnt --holder-bind a:/b" "--shm /shm" "--shm-size 1 --holder $mnt --shm /shm" "--mkdir x" "--cgroup 99" "--holder 99"; do
  "$bin/shim" run --stage "$T/stage" $wrong -- true 2>"$T/p"; is "usage: $wrong" "125 1" "$? $(grep -c '^shim: usage: ' "$T/p")"; done
for wrong in a /a:size=1 ..:size=1 :size=1; do "$bin/shim" hold --stage "$T/stage" --tmpfs $wrong -- "$bin/pause" 2>"$T/p"; is "usage: --tmpfs $wrong" 125 $?; done
"$bin/shim" hold --stage "$T/stage" --tmpfs a:size=nonsense -- "$bin/pause" x 2>"$T/p" 3>&-; is "hold with options that no tmpfs knows" "125 1" "$? $(grep -c '^shim: mount ' "$T/p")"
exec {mnt}<&- {hold}>&-; kill -TERM "$holder"; wait "$holder"; shared="--shm-size 1048576"

echo "# run: --mkdir and --read-only"
run w $all_new --mkdir /var/run/made/deep --cwd /run/made/deep -- sh -c 'pwd; stat -c %a .'; is "--mkdir" "/run/made/deep 755" "$(output_of w)"; ok "not on the host" no test -e /run/made
run w $all_new --cwd /run/made/deep -- pwd; is "control: no such directory" "125 chdir" "$rc $(field w step)"
try='for f in / /etc/ /run/ /tmp/ /dev/shm/ /v/; do echo x >${f}'$mark' && echo ok; done 2>/dev/null'
mkdir "$T/free"; run w $all_new --read-only --bind "$T/free:/v" -- bash -c "$try; grep -c ' / / ro,' /proc/self/mountinfo"; is "--read-only: all but volumes and /dev/shm" "ok ok 1" "$(output_of w)"; rm "$T/free/$mark"
run w $all_new --bind "$T/free:/v" -- bash -c "$try; grep -c ' / / ro,' /proc/self/mountinfo"; is "control: not without" "ok ok ok ok ok ok 0" "$(output_of w)"; rm "$T/free/$mark"
run w $all_new --read-only --bind "$T/free:/tmp" -- bash -c "$try"; is "a volume at /tmp stays as it is" "ok ok" "$(output_of w)"
run w $all_new --no-new-privileges -- grep NoNewPrivs /proc/self/status; is "--no-new-privileges" "NoNewPrivs: 1" "$(output_of w)"

echo "# cgroups"
: >"$T/procs"; exec {procs}>"$T/procs"; run w $all_new --cgroup $procs --cgroup $procs -- sh -c 'ls /proc/self/fd | wc -w'; is "each gets the attempt, which does not inherit it" "00 4" "$(cat "$T/procs") $(output_of w)"
ok "in the transcript" grep -qF '"call":"write","args":"'$procs', \"0\"","result":1' "$T/transcript"; exec {procs}>&-
exec {procs}<"$T/procs"; run w $all_new --cgroup $procs -- true; is "control: not open for writing" "125 write 9" "$rc $(field w step) $(field w errno)"; exec {procs}<&-
group=; mkdir "$T/cg"; mount -t cgroup2 cgroup2 "$T/cg" 2>/dev/null && mkdir "$T/cg/nslab-test-$$" 2>/dev/null && group=/nslab-test-$$
if [ -n "$group" ]; then
  exec {procs}>"$T/cg$group/cgroup.procs"
  run w $all_new --cgroup $procs -- grep ^0:: /proc/self/cgroup; is "an attempt is born in its cgroup" "0::$group" "$(output_of w)"; run w $all_new -- grep ^0:: /proc/self/cgroup; ok "control: not without" no test "0::$group" = "$(output_of w)"
  is "exec too" "0::$group" "$("$bin/shim" exec --cgroup $procs -- grep ^0:: /proc/self/cgroup 3>&-)"; ok "control: not without" no test "0::$group" = "$("$bin/shim" exec -- grep ^0:: /proc/self/cgroup 3>&-)"
  exec {procs}>&-; soon rmdir "$T/cg$group"; ok "no process is left in it" no test -d "$T/cg$group"
fi
