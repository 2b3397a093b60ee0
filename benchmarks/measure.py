"""Shared by the benchmarks: one process's cost, and medians of several."""
import os
import statistics
import subprocess
import sys
import tempfile
import time


def measure(*command, env=None):
    """(wall seconds, cpu seconds, peak MB) of one process, which must end well. It is started by
    GNU time: what this process holds would count for one that it starts itself."""
    with open(os.devnull, "wb") as null, tempfile.NamedTemporaryFile("r") as peak:
        began = time.monotonic()
        process = subprocess.Popen(["/usr/bin/time", "-o", peak.name, "-f", "%M",
                                    *map(str, command)], stdout=null, stderr=null, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        peak_kib = int(peak.read().split()[-1])
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"benchmark: {command} ended with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, peak_kib / 1024


def quiet(*command):
    """Runs what is not measured."""
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def median(rows):
    return [statistics.median(column) for column in zip(*rows)]
