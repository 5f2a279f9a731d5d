"""typist.py STEPS COMMAND...: types at a program in a terminal of its own and prints what the terminal shows.

STEPS is a JSON list of [keys, awaited]: types the keys, then waits until the terminal shows the awaited text
after what was awaited before. With null for awaited it waits for the program's end, and exits with its status.
A number instead of keys is a signal.
"""
import json, os, pty, select, signal, sys, time

steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
seen = 0


def wait_for(text):
    global shown, seen
    end = time.monotonic() + 60
    while (at := shown.find(text.encode(), seen)) < 0:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            give_up("not shown: %r" % text)
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            give_up("ended before %r" % text)
    seen = at + len(text.encode())


def wait_for_end():
    global shown
    end = time.monotonic() + 60
    while select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
        try:
            more = os.read(terminal, 65536)
        except OSError:
            more = b""
        if not more:
            sys.stdout.buffer.write(shown)
            sys.stdout.flush()
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        shown += more
    give_up("has not ended")


def give_up(why):
    sys.stdout.buffer.write(shown)
    sys.stdout.flush()
    os.kill(pid, signal.SIGKILL)
    sys.exit("typist: " + why)


for keys, awaited in steps:
    if isinstance(keys, int):
        os.kill(pid, keys)
    else:
        os.write(terminal, keys.encode())
    if awaited is None:
        wait_for_end()
    wait_for(awaited)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
