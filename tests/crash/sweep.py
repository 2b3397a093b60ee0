#!/usr/bin/env python3
"""Breaks the real program off at each call that changes its folder, on a real disk: a kill, a disk
that refuses the call or from there on every change, a write that is cut short or lost. After each
of these every name must hold a whole old or a whole new file; then `recover` must make the folder
exactly old or exactly new, and the command must work. Prints how many were tried; exit status 1 if
one failed, 77 where no program can be traced.

sweep.py [--all] [--only SCENE]: XPPKG and XPPKG_RELEASE name the programs,
XPPKG_SHORT_WRITE_MODULE a library that cuts every write short. Without --all: a sample, of each
scene every kind of call with each fault, and every kill in the commit.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from scenes import LEFTOVERS, Stage, State
from strace import CHANGING, KILLED, calls_of, can_trace, run_with
from xppkg_case import DOCUMENTED, ENVIRONMENT, describe, remove, start

ERRORS = ("EIO", "ENOSPC", "EROFS")
SECONDS = 60
PER_KIND = 1  # how many calls of a name each fault is tried on in a sample
SHORT_WRITES = (1, 1000)  # bytes that a write takes at most


class Fault:
    """A fault injected at a call."""

    def __init__(self, name, call, injections):
        self.name, self.call, self.injections = name, call, injections

    @property
    def is_kill(self):
        return self.name == "kill"


def faults_at(call):
    """Everything that may happen at this call."""
    here = f"when={call.number}"
    found = [Fault("kill", call, [f"{call.name}:signal=KILL:{here}"])]
    for error in ERRORS:
        found.append(Fault(error, call, [f"{call.name}:error={error}:{here}"]))
        found.append(Fault(f"{error} from here on", call, refusals(call, error)))
    if call.name == "write":
        found.append(Fault("nothing taken", call, [f"write:retval=0:{here}"]))
        found.append(Fault("lost", call, [f"write:retval={call.size}:{here}"]))
        if call.size > 1:
            found.append(Fault("cut short", call, [f"write:retval={call.size // 2}:{here}"]))
    return found


def refusals(call, error):
    """Every change is refused from this call on. A disk that is full can still remove; one that may
    only be read can open for reading, which strace cannot tell from creating."""
    names = set(CHANGING)
    if error == "ENOSPC":
        names -= {"unlink", "unlinkat", "rmdir", "chmod", "fchmod", "fchmodat"}
    if error != "EIO":
        names -= {"openat"}
    return [f"{name}:error={error}:when={call.before.get(name, 0) + 1}+" for name in sorted(names)]


def all_faults(calls):
    return [fault for call in calls for fault in faults_at(call)]


def is_in_commit(calls):
    """For each call, whether it lies between the journal's making and its end."""
    inside, found = False, []
    for call in calls:
        if call.name == "renameat" and call.words.endswith(' "journal"'):
            inside = True
        found.append(inside)
        if call.name == "renameat" and call.words.endswith(' "journal.done"'):
            inside = False
    return found


def sample(calls):
    """Of every call and fault a few, in the middle of their row, and every kill in the commit."""
    commit = is_in_commit(calls)
    kinds = collections.defaultdict(list)
    chosen = []
    for call, inside in zip(calls, commit):
        for fault in faults_at(call):
            if fault.is_kill and inside:
                chosen.append(fault)
            else:
                kinds[call.name, fault.name].append(fault)
    for row in kinds.values():
        step = max(1, len(row) // PER_KIND)
        chosen += row[step // 2::step][:PER_KIND]
    return chosen


class Try:
    """One fault in one copy of a scene's folder. `wrong` says what must not be."""

    def __init__(self, scene, fault, folder):
        self.scene, self.fault, self.folder = scene, fault, folder
        self.wrong = []

    def run(self):
        shutil.copytree(self.scene.folder, self.folder, symlinks=True)
        try:
            self.break_off()
            self.check_names()
            self.recover()
            self.check_state()
            self.go_on()
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            self.wrong.append(str(error))
        finally:
            remove(self.folder)
        return self

    def break_off(self):
        command = [os.environ["XPPKG"], "-C", self.folder, *self.scene.command]
        self.broken = run_with(command, self.fault.injections, env=ENVIRONMENT, timeout=SECONDS)
        code = self.broken.returncode
        if self.fault.is_kill != (code in KILLED):
            self.wrong.append(f"exit {code}: {self.broken.stderr}")
        self.was_whole = code == 0 and self.whole_state() is not None
        if code == 0 and not self.was_whole:
            self.wrong.append("exit 0, and the folder is neither old nor new")

    def whole_state(self):
        """"old", "new" or None."""
        try:
            found = State(self.folder)
        except (OSError, ValueError):
            return None
        return next((name for name in ("new", "old") if found == getattr(self.scene, name)), None)

    def check_names(self):
        """Every name holds a whole old or a whole new file, before anything is recovered."""
        old, new = self.scene.old.files, self.scene.new.files
        for path in sorted({*old, *new}):
            place = os.path.join(self.folder, path)
            if path.startswith("displaced "):
                continue
            if os.path.lexists(place):
                found = self.contents(describe(place))
                allowed = [self.contents(files[path]) for files in (old, new) if path in files]
                folder_and_other = "folder" in (found[0], *(kind for kind, _ in allowed))
                if found not in allowed and not (folder_and_other and found[0] == "folder"):
                    self.wrong.append(f"before recover, {path} is {found}")
            elif path in old and path in new and "folder" not in (old[path][0], new[path][0]):
                self.wrong.append(f"before recover, {path} is gone")

    @staticmethod
    def contents(what):
        """Kind and contents: a mode may change by a call of its own."""
        return what[0], what[2]

    def recover(self):
        self.program("recover", codes=(0,))
        again = json.loads(self.program("--json", "recover", codes=(0,)))
        if again["recovery"] != "nothing":
            self.wrong.append(f"the second recover: {again}")

    def check_state(self):
        self.state = self.whole_state()
        if self.state is None:
            found = State(self.folder)
            raise RuntimeError("after recover neither old nor new; "
                               f"old: {found.unlike(self.scene.old)}; "
                               f"new: {found.unlike(self.scene.new)}")
        for name in LEFTOVERS:
            if os.path.lexists(os.path.join(self.folder, ".xppkg", name)):
                self.wrong.append(f"after recover there is .xppkg/{name}")
        whole = self.state == "new" or not self.scene.damaged
        self.program("verify", "--full", codes=(0 if whole else 3,))
        status = json.loads(self.program("--json", "status", codes=(0,)))
        if status["installed"] != getattr(self.scene, self.state).version:
            self.wrong.append(f"status says {status['installed']}")
        if not self.fault.is_kill:
            self.check_exit()

    def check_exit(self):
        code = self.broken.returncode
        is_recovery = self.scene.command == ["recover"]
        if code == 0 and not is_recovery and self.state != "new":
            self.wrong.append("exit 0, and the folder is old")
        if code == 0:
            return
        found = re.search(r"^xppkg: .+ \[([a-z.-]+)\]$", self.broken.stderr, re.M)
        if not found and "write" not in self.refused():
            self.wrong.append(f"exit {code} without an error's id: {self.broken.stderr}")
        elif found and DOCUMENTED.get(found.group(1)) != code:
            self.wrong.append(f"exit {code} with {found.group(1)}")

    def refused(self):
        """Calls that fail from here on: with "write" the program's own messages too."""
        return {injection.split(":")[0] for injection in self.fault.injections
                if injection.endswith("+")}

    def go_on(self):
        self.program(*self.scene.again[self.state], codes=(0,))
        found, wanted = State(self.folder), self.scene.last[self.state]
        if found != wanted:
            self.wrong.append(f"after {self.scene.again[self.state]}: {found.unlike(wanted)}")

    def program(self, *words, codes):
        process = start("xppkg", "-C", self.folder, *words)
        out, err = process.communicate(timeout=SECONDS)
        if process.returncode not in codes:
            raise RuntimeError(f"{' '.join(words)}: exit {process.returncode}: {out}{err}")
        return out


class Sweep:
    def __init__(self, stage, choose):
        self.stage, self.choose = stage, choose
        self.local = threading.local()
        self.tried = self.failed = self.stops = 0

    def run(self, scenes):
        for scene in scenes:
            self.sweep(scene)
            self.write_in_pieces(scene)
        print(f"{self.tried} runs broken off at {self.stops} stop points, {self.failed} failures")
        return self.failed == 0

    def sweep(self, scene):
        folder = self.stage.copy(scene.folder, "learn")
        calls = [call for call in calls_of([os.environ["XPPKG"], "-C", folder, *scene.command],
                                           self.stage.path("trace"), env=ENVIRONMENT)
                 if call.changes(folder)]
        remove(folder)
        faults = self.choose(calls)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda fault: self.try_one(scene, fault), faults))
        failures = [result for result in results if result.wrong]
        stops = len({(fault.call.name, fault.call.number) for fault in faults})
        states = collections.Counter(getattr(result, "state", None) for result in results)
        print(f"{scene.name:14} {len(calls):4} calls, {stops:4} stop points, {len(faults):5} runs: "
              f"{states['old']} old, {states['new']} new, {len(failures)} failures", flush=True)
        for result in failures[:20]:
            print(f"  {result.fault.name} at {result.fault.call}")
            for line in result.wrong:
                print(f"    {line}")
        self.tried += len(faults)
        self.stops += stops
        self.failed += len(failures)

    def write_in_pieces(self, scene):
        """Writes that take less than they are given are no failure."""
        for most in SHORT_WRITES:
            folder = self.stage.copy(scene.folder, "pieces")
            environment = {"LD_PRELOAD": os.environ["XPPKG_SHORT_WRITE_MODULE"],
                           "XPPKG_SHORT_WRITE": str(most)}
            process = start("xppkg", "-C", folder, *scene.command, env=environment)
            out, err = process.communicate(timeout=SECONDS)
            if process.returncode or State(folder) not in (scene.old, scene.new):
                self.failed += 1
                print(f"  writes of {most} bytes: exit {process.returncode}: {out}{err}")
            remove(folder)

    def try_one(self, scene, fault):
        if not hasattr(self.local, "folder"):
            self.local.folder = tempfile.mkdtemp(prefix="try-", dir=self.stage.work)
        return Try(scene, fault, os.path.join(self.local.folder, "app")).run()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only")
    options = parser.parse_args()
    if not can_trace():
        print("skipped: strace cannot be used here")
        return 77
    work = tempfile.mkdtemp(prefix="xppkg-sweep-")
    try:
        stage = Stage(work)
        scenes = [scene for scene in stage.scenes() if options.only in (None, scene.name)]
        return 0 if Sweep(stage, all_faults if options.all else sample).run(scenes) else 1
    finally:
        remove(work)


if __name__ == "__main__":
    sys.exit(main())
