# A fake `ip` or `nft`, first in PATH: passes every call to the real program, except call n, which misbehaves.
#
#   FAKE_IP=fail:2     the second `ip` does nothing and says so            after:2   does all of it, then says it failed
#   FAKE_IP=hang:2     never answers, but leaves on TERM                   stuck:2   never answers, and ignores TERM, INT
#   FAKE_IP=slow:2     says so (FAKE_CALLS/slow), waits until it may (FAKE_CALLS/go), and then does its work
#   FAKE_IP=die:2      is killed itself                                    murder:2  kills the program that called it
#
# FAKE_CALLS names a directory with the log of calls: PROGRAM.calls, one line per call.
program=${0##*/}
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
PATH=${PATH//$here:/}
real=$(type -P "$program")
plan=FAKE_${program^^} plan=${!plan}

# Calls can run at the same time: they are counted under a lock, which the real program must not inherit.
{
  flock 9
  echo "$*" >> "$FAKE_CALLS/$program.calls"
  mapfile -t calls < "$FAKE_CALLS/$program.calls"
} 9> "$FAKE_CALLS/$program.lock"

[ "${plan#*:}" = "${#calls[@]}" ] || exec "$real" "$@"

case ${plan%:*} in
fail) echo "$program: told to fail" >&2; exit 2 ;;
after) "$real" "$@"; echo "$program: told to fail afterwards" >&2; exit 2 ;;
hang) exec sleep 1000 ;;
spin) while :; do :; done ;;
stuck) trap '' TERM INT; exec sleep 1000 ;;
slow) : > "$FAKE_CALLS/slow"; until [ -e "$FAKE_CALLS/go" ]; do sleep 0.05; done; exec "$real" "$@" ;;
die) kill -KILL $$ ;;
murder) kill -KILL $PPID; exit 2 ;;
*) echo "$program: unknown plan $plan" >&2; exit 2 ;;
esac
