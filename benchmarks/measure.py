"""What the benchmarks share: one process's cost, and medians of several."""
import os
import statistics
import subprocess
import sys
import time


def measure(*command, env=None):
    """(wall seconds, cpu seconds, peak MB) of one process, which must end well."""
    with open(os.devnull, "wb") as null:
        began = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdout=null, stderr=null,
                                   env=env)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"benchmark: {command} ended with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def quiet(*command):
    """Runs what is not measured."""
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def median(rows):
    return [statistics.median(column) for column in zip(*rows)]
