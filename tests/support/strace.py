"""Running a program under strace: which calls it makes to change a folder, and what happens when
one of them is made to fail or the program is killed as it makes it."""

import re
import shutil
import signal
import subprocess

# Calls that change names, contents or modes, or make them last.
CHANGING = ("openat", "write", "pwrite64", "ftruncate", "rename", "renameat", "renameat2", "link",
            "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat",
            "chmod", "fchmod", "fchmodat", "fsync", "fdatasync")
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)


def can_trace():
    return shutil.which("strace") and not subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode


class Call:
    """One call of a run: its name, and the how manieth of that name it was, from 1."""

    def __init__(self, name, number, words, before):
        self.name, self.number, self.words = name, number, words
        self.before = before  # {name: how many calls of that name came earlier}

    def __str__(self):
        return f"{self.name} {self.number} ({self.words})"

    @property
    def size(self):
        """Bytes that a write was asked for."""
        return int(self.words.rsplit(", ", 1)[1])

    def changes(self, folder):
        if folder not in self.words:
            return False
        return self.name != "openat" or "O_CREAT" in self.words


def calls_of(command, log, **options):
    """The calls of CHANGING that the command makes, in order. It must succeed."""
    run(command, ["-y", "-s", "0", "-e", "trace=" + ",".join(CHANGING)], log, check=True, **options)
    counts, calls, threads = {}, [], set()
    with open(log, encoding="utf-8", errors="backslashreplace") as file:
        for line in file:
            found = re.match(r"(\d+) +(\w+)\((.*)\) += ", line)
            if not found:
                continue
            thread, name, words = found.groups()
            calls.append(Call(name, counts.get(name, 0) + 1, words, dict(counts)))
            counts[name] = counts.get(name, 0) + 1
            threads.add(thread)
    if len(threads) != 1:  # strace counts calls by thread.
        raise RuntimeError(f"calls come from {len(threads)} threads: {command}")
    return calls


def run_with(command, injections, **options):
    """Runs the command; each injection is NAME:WHAT, as in strace's manual."""
    names = sorted({name for injection in injections
                    for name in injection.split(":", 1)[0].split(",")})
    words = ["-e", "trace=" + ",".join(names)]
    for injection in injections:
        words += ["-e", "inject=" + injection]
    return run(command, words, "/dev/null", **options)


def run(command, words, log, **options):
    return subprocess.run(["strace", "-f", "-qq", "-o", log, *words, *command],
                          stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                          errors="backslashreplace", **{"check": False, **options})
