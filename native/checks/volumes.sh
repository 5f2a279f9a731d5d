# Sourced by test.sh: what is made, borrowed and sealed in the private root, and what a workload may do beside it.
said() { grep -v '^started\|^exited\|^begun\|^failed' "$T/$1.out" | xargs; }

echo "# hold: volumes in memory"
shared="--tmpfs cache:mode=0777,size=1048576 --tmpfs team:mode=2770,gid=2000"; hold; soon grep -qx pause "/proc/$holder/comm"; echo stay >&"$hold"
is "without shared memory: root and volumes" "/ /volumes/cache /volumes/team" "$(cut -d' ' -f5 "/proc/$holder/mountinfo" | xargs)"
h=/proc/$holder/root; is "modes as wished, a root of 755" "755 777 2770:2000" "$(stat -c %a "$h/.") $(stat -c %a "$h/volumes/cache") $(stat -c %a:%g "$h/volumes/team")"
is "programs may be run in a volume, devices not used" 2 "$(grep -c ' /volumes/[a-z]* rw,nosuid,nodev,relatime' "/proc/$holder/mountinfo")"
exec {mnt}<"/proc/$holder/ns/mnt"; borrow="$all_new --holder $mnt"
start a $borrow --tree /volumes/cache:/deep/cache -- sh -c 'echo hello >/deep/cache/note; df /deep/cache | tail -1; sleep 100'; word a go; soon test -e "$h/volumes/cache/note"
run w $borrow --tree /volumes/cache:/other -- cat /other/note; is "two workloads, one volume" hello "$(said w)"; ok "of the size wished" grep -q ' 1024 ' "$T/a.out"; ok "its place is not the host's" no test -e /deep
run w $borrow -- sh -c 'ls /other || echo none'; is "control: not without --tree" none "$(said w)"; hang_up a; wait "${driver[a]}"
run w $borrow --tree /volumes/cache:/v:ro -- sh -c 'cat /v/note; echo x >/v/ro || echo refused; grep " /v " /proc/self/mountinfo | cut -d" " -f6'; is ":ro" "hello refused ro,nosuid,nodev,relatime" "$(said w)"; ok "control: written without" test ! -e "$h/volumes/cache/ro"
run w $borrow --tree /volumes/team/a/b:/v -- sh -c 'stat -c %a:%g /v; echo x >/v/mine'; is "a subdirectory is made, like its parent" "2770:2000" "$(said w)"; ok "there" test -e "$h/volumes/team/a/b/mine"
mkdir "$h/volumes/cache/g"; chown 1:33 "$h/volumes/cache/g"; chmod 750 "$h/volumes/cache/g"; run w $borrow --tree /volumes/cache/g/h:/v -- stat -c %a:%u:%g /v; is "the group too, without a set-gid bit" "750:0:33" "$(said w)"
run w $borrow --tree /volumes/cache/note:/etc/note -- cat /etc/note; is "a file of a volume" hello "$(said w)"
ln -s /etc "$h/volumes/cache/out"; run w $borrow --tree /volumes/cache/out:/v -- sh -c 'ls -A /v | wc -l'; is "a link leads to nothing of the host's" "0 0" "$(said w) $(ls -A "$h/etc" | wc -l)"; ln -s ../../../../../.. "$h/volumes/cache/up"
run w $borrow --tree /volumes/cache/up:/v -- sh -c 'ls /v'; is "nor does .." "etc volumes" "$(said w)"
run w $borrow --tree /volumes/cache/note/x:/v -- true; is "below a file" "125 stat 20" "$rc $(field w step) $(field w errno)"
run w $borrow --bind "$T/vol:/v" --tree /volumes/cache:/v/in --bind "$T/vol/file:/v/in/file" -- cat /v/file /v/in/note /v/in/file; is "in the order of the command line" "from-host hello from-host" "$(said w)"
for wrong in "--tree /a:/b" "--holder $mnt --tree a:/b" "--shm /shm" "--shm-size 1 --holder $mnt --shm /shm" "--mkdir x" "--cgroup 99" "--holder 99"; do
  "$bin/shim" run --stage "$T/stage" $wrong -- true 2>"$T/p"; is "usage: $wrong" "125 1" "$? $(grep -c '^shim: usage: ' "$T/p")"; done
for wrong in a /a:size=1 ..:size=1 :size=1; do "$bin/shim" hold --stage "$T/stage" --tmpfs $wrong -- "$bin/pause" 2>"$T/p"; is "usage: --tmpfs $wrong" 125 $?; done
"$bin/shim" hold --stage "$T/stage" --tmpfs a:size=nonsense -- "$bin/pause" x 2>"$T/p" 3>&-; is "hold with options that no tmpfs knows" "125 1" "$? $(grep -c '^shim: mount ' "$T/p")"
exec {mnt}<&- {hold}>&-; kill -TERM "$holder"; wait "$holder"; shared="--shm-size 1048576"

echo "# run: made and sealed"
run w $all_new --mkdir /var/run/made/deep --cwd /run/made/deep -- sh -c 'pwd; stat -c %a .'; is "--mkdir" "/run/made/deep 755" "$(said w)"; ok "not on the host" no test -e /run/made
run w $all_new --cwd /run/made/deep -- pwd; is "control: no such directory" "125 chdir" "$rc $(field w step)"
try='for f in / /etc/ /run/ /tmp/ /dev/shm/ /v/; do echo x >${f}'$mark' && echo ok; done 2>/dev/null'
mkdir "$T/free"; run w $all_new --read-only --bind "$T/free:/v" -- bash -c "$try; grep -c ' / / ro,' /proc/self/mountinfo"; is "--read-only: all but volumes and /dev/shm" "ok ok 1" "$(said w)"; rm "$T/free/$mark"
run w $all_new --bind "$T/free:/v" -- bash -c "$try; grep -c ' / / ro,' /proc/self/mountinfo"; is "control: not without" "ok ok ok ok ok ok 0" "$(said w)"; rm "$T/free/$mark"
run w $all_new --read-only --bind "$T/free:/tmp" -- bash -c "$try"; is "a volume at /tmp stays as it is" "ok ok" "$(said w)"
run w $all_new --allow-new-privileges -- grep NoNewPrivs /proc/self/status; is "--allow-new-privileges" "NoNewPrivs: 0" "$(said w)"

echo "# cgroups"
: >"$T/procs"; exec {procs}>"$T/procs"; run w $all_new --cgroup $procs --cgroup $procs -- sh -c 'ls /proc/self/fd | wc -w'; is "each is told of the try, and kept from it" "00 4" "$(cat "$T/procs") $(said w)"
ok "in the diary" grep -qF '"call":"write","args":"'$procs', \"0\"","result":1' "$T/diary"; exec {procs}>&-
exec {procs}<"$T/procs"; run w $all_new --cgroup $procs -- true; is "control: not open for writing" "125 write 9" "$rc $(field w step) $(field w errno)"; exec {procs}<&-
group=; mkdir "$T/cg"; mount -t cgroup2 cgroup2 "$T/cg" 2>/dev/null && mkdir "$T/cg/nslab-test-$$" 2>/dev/null && group=/nslab-test-$$
if [ -n "$group" ]; then
  exec {procs}>"$T/cg$group/cgroup.procs"
  run w $all_new --cgroup $procs -- grep ^0:: /proc/self/cgroup; is "a try is born in its cgroup" "0::$group" "$(said w)"; run w $all_new -- grep ^0:: /proc/self/cgroup; ok "control: not without" no test "0::$group" = "$(said w)"
  is "exec too" "0::$group" "$("$bin/shim" exec --cgroup $procs -- grep ^0:: /proc/self/cgroup 3>&-)"; ok "control: not without" no test "0::$group" = "$("$bin/shim" exec -- grep ^0:: /proc/self/cgroup 3>&-)"
  exec {procs}>&-; soon rmdir "$T/cg$group"; ok "nobody is left in it" no test -d "$T/cg$group"
fi
