"""Runs a program and tells what it used: `measure.py SECONDS OUT PROGRAM [ARGUMENT...]`.

Its output goes to the file OUT. Prints JSON: CPU seconds (user and system) of the process and the children it waited
for, the peak resident memory in bytes of the largest of them, both by wait4, its wall time and its exit code; null
where it was ended after SECONDS.
"""
import json
import os
import signal
import sys
import time

limit, out, program = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
start = time.monotonic()
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
    os.execvp(program[0], program)
late = False


def end(number, _frame):
    """Ends the program after its time, or with this one."""
    global late
    late = True
    os.killpg(child, signal.SIGKILL)
    if number != signal.SIGALRM:
        sys.exit(128 + number)


for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, end)
signal.setitimer(signal.ITIMER_REAL, limit)
_, status, used = os.wait4(child, 0)
signal.setitimer(signal.ITIMER_REAL, 0)
print(json.dumps({
    "cpu": used.ru_utime + used.ru_stime,
    "peak": used.ru_maxrss * 1024,
    "wall": time.monotonic() - start,
    "exit": None if late else os.waitstatus_to_exitcode(status),
}))
