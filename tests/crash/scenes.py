"""Installations that the sweep breaks off: a small folder with all that makes an update hard, and
the commands that change it."""

import json
import os
import shutil

from strace import KILLED, calls_of, run_with
from xppkg_case import (ENVIRONMENT, PASSPHRASE, Folder, Link, Program, ReadOnly, edited, make_tree,
                        noise, read, snapshot, start, write)

OLD, NEW = "1", "2"
CONFIG = "settings.ini"
LEFTOVERS = ("staging", "backup", "journal", "journal.undo", "journal.done")


def tree_of(version):
    """A release: every kind of entry, and every way in which one can change."""
    program = noise(1, 60_000)
    entries = {
        "bin/same": Program(noise(2, 2000)),
        "lib/core.so.1": Link("core.so"),
        "guarded/inside": f"inside {version}\n",
        CONFIG: f"[app]\nversion = {version}\n",
        ".hidden": f"hidden {version}\n",
    }
    if version == OLD:
        return {**entries,
                "bin/app": Program(program),
                "bin/gone": Program(b"not in the next release"),
                "lib/core.so": noise(3, 9000),
                "share/old name.dat": noise(4, 5000),
                "share/\u00fcber/read only": ReadOnly(b"old"),
                "share/plain": "becomes a program\n",
                "file to folder": "a file\n",
                "folder to file/inner": "in a folder\n",
                "file to link": "a file\n",
                "link to file": Link("bin/app"),
                "logs": Folder(), "guarded": Folder(0o755)}
    return {**entries,
            "bin/app": Program(edited(program, 1)),
            "lib/core.so": edited(noise(3, 9000), 2),
            "share/new name.dat": noise(4, 5000),
            "share/\u00fcber/read only": ReadOnly(b"new"),
            "share/plain": Program(b"becomes a program\n"),
            "share/brought": "the vendor's\n",
            "plugins/deep/extra": noise(5, 3000),
            "file to folder/inner": "in a folder\n",
            "folder to file": "a file\n",
            "file to link": Link("bin/app"),
            "link to file": "a file\n",
            "cache": Folder(0o700), "guarded": Folder(0o555)}


class State:
    """The contents of an installation, with the user's files that were moved aside."""

    def __init__(self, folder):
        self.files = snapshot(folder)
        for place, _, names in os.walk(os.path.join(folder, ".xppkg/displaced")):
            for name in names:
                path = os.path.join(place, name)
                self.files["displaced " + name] = read(path)
        self.version = json.loads(read(os.path.join(folder, ".xppkg/installed.json")))["version"]

    def __eq__(self, other):
        return self.files == other.files and self.version == other.version

    def unlike(self, other):
        """The first of what differs."""
        if self.version != other.version:
            return f"version {self.version} instead of {other.version}"
        path = next(path for path in sorted({*self.files, *other.files})
                    if self.files.get(path) != other.files.get(path))
        return f"{path}: {self.files.get(path)} instead of {other.files.get(path)}"


class Scene:
    """A prepared folder, the command that is broken off, and the states that may be left: `old` is
    what there was, `new` what a run to its end makes. `again` is what must succeed afterwards in
    the state old or new, and `last` what it leads to."""

    def __init__(self, name, folder, command, again):
        self.name, self.folder, self.command, self.again = name, folder, command, again
        self.old = self.new = None
        self.last = {}
        self.damaged = False


class Stage:
    """Makes the scenes in a folder of its own."""

    def __init__(self, work):
        self.work = work
        self.repo = os.path.join(work, "repo")
        self.vendor = {}

    def path(self, name):
        return os.path.join(self.work, name)

    def xppkg(self, folder, *words, codes=(0,)):
        process = start("xppkg", "-C", folder, *words)
        out, err = process.communicate(timeout=60)
        if process.returncode not in codes:
            raise RuntimeError(f"{words}: exit {process.returncode}\n{out}{err}")
        return out

    def release(self, *words):
        process = start("xppkg-release", *words, env={"XPPKG_PASSPHRASE": PASSPHRASE})
        out, err = process.communicate(timeout=120)
        if process.returncode:
            raise RuntimeError(f"{words}: {out}{err}")

    def publish(self):
        self.release("init", self.repo, "--quick-passphrase")
        for version in (OLD, NEW):
            tree = make_tree(self.path("tree-" + version), tree_of(version))
            self.vendor[version] = snapshot(tree)
            self.release("add", self.repo, "--package", "app", "--version", version, "--level", "3",
                         "--config", "*.ini", tree)

    def copy(self, folder, name):
        target = self.path(name)
        shutil.copytree(folder, target, symlinks=True)
        return target

    def installed(self):
        """Version 1, with files of the user's own."""
        folder = self.path("installed")
        self.xppkg(folder, "init", "--source", f"file:{self.repo}", "--root",
                   os.path.join(self.repo, "root.json"), "--package", "app")
        self.xppkg(folder, "install", OLD)
        write(os.path.join(folder, CONFIG), "the user's settings")
        write(os.path.join(folder, "share/mine"), "the user's own file")
        write(os.path.join(folder, "share/brought"), "the user's, where the vendor brings one")
        self.xppkg(folder, "verify", "--full")
        return folder

    def scenes(self):
        self.publish()
        first = self.installed()
        second = self.copy(first, "second")
        self.xppkg(second, "apply")
        self.check_release(second, NEW)
        scenes = [Scene("apply", first, ["apply"], {"old": ["apply"], "new": ["apply"]}),
                  Scene("rollback", second, ["rollback"],
                        {"old": ["rollback"], "new": ["apply", "--retry"]}),
                  self.repair(first)]
        for scene in scenes:
            self.find_states(scene)
        return scenes + self.recoveries(scenes[0])

    def repair(self, first):
        folder = self.copy(first, "damaged")
        program = bytearray(read(os.path.join(folder, "bin/app")))
        program[1000] ^= 1
        write(os.path.join(folder, "bin/app"), program)
        write(os.path.join(folder, "lib/core.so"), "cut")
        os.remove(os.path.join(folder, "share/old name.dat"))
        os.chmod(os.path.join(folder, "bin/same"), 0o600)
        os.remove(os.path.join(folder, "link to file"))
        scene = Scene("repair", folder, ["repair"], {"old": ["repair"], "new": ["repair"]})
        scene.damaged = True
        return scene

    def find_states(self, scene):
        """Runs each command to its end once."""
        folder = self.copy(scene.folder, "whole-" + scene.name)
        scene.old = State(folder)
        self.xppkg(folder, *scene.command)
        scene.new = State(folder)
        self.check_release(folder, scene.new.version)
        for state in ("new", "old"):
            again = self.copy(folder if state == "new" else scene.folder,
                              f"again-{scene.name}-{state}")
            self.xppkg(again, *scene.again[state])
            scene.last[state] = State(again)

    def check_release(self, folder, version):
        """The vendor's files are as published, but for the configuration that the user changed."""
        found = snapshot(folder)
        for path, what in self.vendor[version].items():
            if path != CONFIG and found.get(path) != what:
                raise RuntimeError(f"{version}: {path} is {found.get(path)} instead of {what}")

    # Folders with a journal

    def recoveries(self, apply):
        """The state after a kill of apply: amid the commit, on the way back, and later."""
        folder = self.copy(apply.folder, "traced")
        calls = calls_of(self.command(folder, apply.command), self.path("trace"), env=ENVIRONMENT)
        renames = [call for call in calls if call.name == "renameat"]
        begin = next(i for i, call in enumerate(renames) if call.words.endswith(' "journal"'))
        done = next(i for i, call in enumerate(renames) if call.words.endswith(' "journal.done"'))
        middle = (begin + done) // 2
        after = next(call for call in calls if call.name == "fsync" and
                     call.before.get("renameat", 0) == renames[done].number)
        # The middle of the commit fails, the journal is renamed, some of it is taken back.
        back = [f"fsync:error=EIO:when={after.number}",
                f"renameat:signal=KILL:when={renames[done].number + 1 + (done - begin) // 2}"]
        ways = {"recover": [f"renameat:signal=KILL:when={renames[middle].number}"],
                "recover undo": back,
                "recover done": [f"fsync:signal=KILL:when={after.number}"]}
        journals = {"recover": "journal", "recover undo": "journal.undo",
                    "recover done": "journal.done"}
        return [self.recovery(apply, name, ways[name], journals[name]) for name in ways]

    def recovery(self, apply, name, injections, journal):
        folder = self.copy(apply.folder, name.replace(" ", "-"))
        broken = run_with(self.command(folder, apply.command), injections, env=ENVIRONMENT)
        if (broken.returncode not in KILLED or
                not os.path.exists(os.path.join(folder, ".xppkg", journal))):
            raise RuntimeError(f"{name} cannot be prepared: {broken}")
        scene = Scene(name, folder, ["recover"], apply.again)
        scene.old, scene.new, scene.last = apply.old, apply.new, apply.last
        return scene

    def command(self, folder, words):
        return [os.environ["XPPKG"], "-C", folder, *words]
