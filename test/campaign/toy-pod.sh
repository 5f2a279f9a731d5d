#!/bin/bash
# A small pod program that tests the campaign itself. TOY=intent-first survives kills, and its gc leaves a running verb alone.
# TOY=state-last writes its record too late, TOY=lock-free does not lock: the campaign must find both faults.
state=/run/toy name=$2

holders() { # pids of the pod's holder, by its title: the one mark that exists before any record could name a pid
  for p in /proc/[0-9]*; do
    [ "$(tr '\0' ' ' 2>/dev/null < "$p/cmdline")" = "toy-holder-$1 infinity " ] && echo "${p#/proc/}"
  done
}

undo() {
  kill -9 $(holders "$1") 2>/dev/null
  ip link del "toy-$1" 2>/dev/null
  rm -f "$state/$1".*
  rmdir $state
}

intend() { # the intent is the lock, too: what `ip` still does when we are killed, it does under it
  until [ "$state/$name.intent" -ef /proc/self/fd/9 ]; do # a gc may have taken it for one that was left
    mkdir -p $state
    exec 9> "$state/$name.intent"
    [ "$TOY" = lock-free ] || flock 9
  done
}

is_locked() { [ "$TOY" != lock-free ] && ! flock -n "$1"; }

case $1 in
hold)
  mkdir -p $state
  [ "$TOY" = state-last ] || intend
  unshare --net bash -c "exec -a toy-holder-$name sleep infinity" <&- >/dev/null 2>&1 9>&- & pid=$!
  while [ "$(holders "$name")" != $pid ]; do sleep 0.01; done
  ip link add "toy-$name" type veth peer name eth0 netns $pid
  ip link set "toy-$name" up
  nsenter -t $pid -n ip -batch - <<< $'addr add 10.77.0.2/24 dev eth0\nlink set eth0 up'
  echo $pid > "$state/$name.new"
  mv "$state/$name.new" "$state/$name.pod"
  ;;
down)
  [ -e "$state/$name.pod" ] || exit 0
  echo end > "$state/$name.wish"
  [ "$TOY" = state-last ] || rm "$state/$name.pod" # the wish first: from here on gc finishes it
  undo "$name"
  ;;
gc)
  for intent in $state/*.intent; do
    [ -e "$intent" ] || continue
    pod=${intent##*/} pod=${pod%.intent}
    exec 8< "$intent"
    is_locked 8 && continue
    [ -e "$state/$pod.pod" ] || undo "$pod"
  done
  [ -d $state ] && [ -z "$(ls $state)" ] && rmdir $state
  exit 0
  ;;
inspect)
  [ -s "$state/$name.pod" ] || exit 1
  echo "{\"items\":[{\"name\":\"$name\",\"state\":\"Running\",\"holder\":{\"pid\":$(< "$state/$name.pod")}}]}"
  ;;
esac
