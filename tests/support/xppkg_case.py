"""Shared by the tests of the two commands: temporary folders, running the real programs, trees
from plain words, a repository of three releases, and a comparison of folders that uses none of our
code.

The programs come in the environment: XPPKG, XPPKG_RELEASE and XPPKG_DELTA. Every run is checked: the program
ends by itself with a documented exit status, every error has a documented id, one line of cause and
the next step, and with --json standard output is exactly one JSON document.
"""

import atexit
import hashlib
import json
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

PASSPHRASE = "correct horse battery staple"
PACKAGE = "app"
VERSIONS = ("4.07.0010", "4.07.0011", "4.07.0012")
OLD, MIDDLE, NEW = VERSIONS

# Every id that an error may have, and the exit status that the manual promises for it.
DOCUMENTED = {
    "usage.invalid": 2, "usage.not-installation": 2, "usage.already-initialised": 2,
    "usage.already-installed": 2, "usage.nothing-installed": 2, "usage.passphrase": 2,
    "io.failed": 1, "space.insufficient": 7, "rights.denied": 6, "rights.refused": 6, "rights.unsafe-folder": 6,
    "locked.other-run": 14,
    "use.busy": 8, "disk.unsuitable": 1, "process.limit": 1, "process.ended": 1, "output.failed": 1,
    "transport.unreachable": 4, "transport.status": 4, "transport.truncated": 4, "transport.refused": 4,
    "notfound.package": 1, "notfound.version": 1, "notfound.file": 4, "transport.not-ours": 4,
    "transport.encoding": 4,
    "trust.malformed": 5, "trust.signature": 5, "trust.expired": 5, "trust.clock": 5, "trust.rollback": 5,
    "trust.hash": 5, "trust.key": 5, "corrupt.payload": 5, "corrupt.state": 1, "corrupt.published": 1,
   
    "unsupported.format": 1, "unsupported.patch": 1, "mismatch.base": 1, "plan.none": 1, "damage.found": 3,
    "repair.unavailable": 4, "tree.unsafe-name": 1, "tree.unsafe-entry": 1, "tree.conflict": 1, "tree.secret": 1, "tree.repository": 1, "tree.empty": 1, "output.exists": 1,
    "release.exists": 1,
    "release.not-proved": 1, "repository.exists": 1, "repository.invalid": 1,
    "database.unreachable": 11, "database.newer-schema": 1, "database.older-schema": 1,
    "database.uninitialised": 11, "database.rights": 6,
    "database.login": 11, "database.tls": 11, "database.busy": 11, "database.locked": 11,
    "database.full": 11, "database.damaged": 11, "database.read-only": 11, "database.encoding": 11,
    "database.packet": 11, "database.engine": 11, "database.keys": 11, "database.search-path": 11,
    "database.session": 11, "database.unfinished": 11, "database.refused": 11,
    "decision.signature": 5, "decision.older": 5, "decision.other-site": 5,
    "policy.held": 12, "policy.outdated": 9, "policy.below-floor": 12, "policy.rolled-back": 12,
    "rollback.unavailable": 1,
    "limit.exceeded": 5, "cancelled": 1, "internal": 1,
}
SUCCESSES = (0, 10, 100)  # 10: the gate, to a pilot

ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.lower().endswith("_proxy") and not name.startswith(("LC_", "LANG"))
               and name != "XPPKG_PASSPHRASE"}
ENVIRONMENT.update(LANG="C.UTF-8", TERM="xterm")


# Trees from plain words ---------------------------------------------------------------------------

class Program(bytes):
    """Contents of a file that may be executed."""


class ReadOnly(bytes):
    """Contents of a file that nobody may write."""


class Link(str):
    """A symbolic link to this target."""


class Folder:
    """A folder, empty unless other paths lie in it."""

    def __init__(self, mode=0o755):
        self.mode = mode


def noise(seed, size):
    """Bytes that do not compress, always the same for a seed."""
    return random.Random(seed).randbytes(size)


def edited(data, seed, places=8):
    """The same bytes with a few changed, and some new ones at the end."""
    source = random.Random(seed)
    out = bytearray(data)
    for _ in range(places):
        out[source.randrange(len(out))] ^= 0x5A
    return bytes(out) + source.randbytes(200)


def make_tree(folder, entries):
    """Makes a folder: {"bin/app": Program(b"..."), "news.txt": "text", "now": Link("bin")}."""
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    for path, entry in entries.items():
        place = os.path.join(folder, path)
        os.makedirs(os.path.dirname(place), mode=0o755, exist_ok=True)
        if isinstance(entry, Folder):
            os.makedirs(place, exist_ok=True)
            os.chmod(place, entry.mode)
        elif isinstance(entry, Link):
            os.symlink(entry, place)
        else:
            write(place, entry)
            mode = {Program: 0o755, ReadOnly: 0o444}.get(type(entry), 0o644)
            os.chmod(place, mode)
    return folder


def write(path, data):
    with open(path, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def describe(path):
    """The contents of a name: kind, mode, and the bytes or the link's target."""
    found = os.lstat(path)
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        return ("link", 0, os.readlink(path))
    if stat.S_ISDIR(found.st_mode):
        return ("folder", mode, "")
    return ("file", mode, hashlib.sha256(read(path)).hexdigest())


def snapshot(folder, without=(".xppkg",)):
    """{path: what it holds} of everything below a folder; names at its top may be left out."""
    found = {}
    for place, folders, files in os.walk(folder):
        if place == folder:
            folders[:] = [name for name in folders if name not in without]
        for name in folders + files:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = describe(path)
    return found


def release_tree(version, size=120_000):
    """The entries of one of the three releases: changed, moved, new and vanished files."""
    index = VERSIONS.index(version)
    program, library = noise(1, size), noise(2, size // 2)
    for step in range(index):
        program, library = edited(program, 10 + step), edited(library, 20 + step)
    entries = {
        "bin/app": Program(program),
        "lib/core.so": library,
        "lib/core.so.1": Link("core.so"),
        "share/help.txt": f"Help for {version}\n" * 40,
        "share/fixed.bin": noise(3, 3000),
        "share/leer/h\u00fclle": ReadOnly(b"never changes"),
        "settings.ini": f"[app]\nversion = {index}\n",
        "logs": Folder(),
        ".hidden": "a hidden file of the release",
    }
    if index == 0:
        entries["share/old name.dat"] = noise(4, 5000)
    else:
        entries["share/new name.dat"] = noise(4, 5000)
    if index == 2:
        entries["plugins/extra.plugin"] = noise(5, 4000)
        entries["share/fixed.bin"] = Program(noise(3, 3000))
        del entries["logs"]
    return entries


# Running the programs -----------------------------------------------------------------------------

class Result:
    """The result of a run: `code`, `out`, `err`, and `json` (None where it is not JSON)."""

    def __init__(self, words, code, out, err):
        self.words, self.code, self.out, self.err = words, code, out, err
        try:
            self.json = json.loads(out)
        except ValueError:
            self.json = None

    @property
    def error(self):
        """The id of the error, or an empty text."""
        if isinstance(self.json, dict) and "error" in self.json:
            return self.json["error"]["id"]
        found = re.search(r"^xppkg(?:-release|-delta)?: .+ \[([a-z.-]+)\]$", self.err, re.M)
        return found.group(1) if found else ""

    def __str__(self):
        return f"{' '.join(self.words)}\nexit {self.code}\n{self.out}\n{self.err}"


def start(program, *words, env=None, user=None, **options):
    """Starts one of the programs ("xppkg", "xppkg-release", "xppkg-delta") with both outputs in pipes."""
    name = program.upper().replace("-", "_")
    command = [os.environ[name], *map(str, words)]
    if user is not None:
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, encoding="utf-8", errors="backslashreplace",
                            env={**ENVIRONMENT, **(env or {})}, **{**pipes, **options})


def holding(path, *command):
    """The words of a command that holds a file as xppkg::InUse does, for as long as it runs."""
    code = ("import fcntl, os, sys; file = os.open(sys.argv[1], os.O_RDONLY); "
            "os.set_inheritable(file, True); fcntl.lockf(file, fcntl.LOCK_SH); "
            "os.execvp(sys.argv[2], sys.argv[2:])")
    return [sys.executable, "-c", code, path, *command]


def wait_until(condition, seconds=20):
    """Returns what the condition gives as soon as it is true; raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.005)
    raise TimeoutError("the condition never came true")


class XppkgCase(unittest.TestCase):
    """A temporary folder for each test, and both programs."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="xppkg-test-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(remove, self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    # Runs

    def run_program(self, program, *words, code=None, error=None, timeout=60, **options):
        process = start(program, *words, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail(f"{program} did not end: {words}")
        result = Result([program, *map(str, words)], process.returncode, out, err)
        self.assert_well_behaved(result)
        if error is not None:
            self.assertEqual(result.error, error, result)
            self.assertEqual(result.code, DOCUMENTED[error], result)
        elif code is not None:
            self.assertEqual(result.code, code, result)
        return result

    def assert_well_behaved(self, result):
        """The promises that every run keeps."""
        self.assertIn(result.code, {*DOCUMENTED.values(), *SUCCESSES}, result)
        self.assertNotIn("\r", result.err, result)
        self.assertNotIn("\x1b", result.err, result)
        if "--json" in result.words and "--help" not in result.words:
            self.assertIsNotNone(result.json, result)
            self.assertTrue(result.out.endswith("\n"), result)
        if result.error:
            self.assertIn(result.error, DOCUMENTED, result)
            self.assertEqual(result.code, DOCUMENTED[result.error], result)
            self.assert_error_is_complete(result)

    def assert_error_is_complete(self, result):
        if isinstance(result.json, dict) and "error" in result.json:
            error = result.json["error"]
            self.assertEqual(set(error), {"id", "text", "facts", "next", "exit"}, result)
            self.assertTrue(error["text"] and error["next"], result)
            self.assertEqual(error["exit"], result.code, result)
        else:
            if result.error not in ("damage.found", "repository.invalid"):  # They list findings.
                self.assertEqual(result.out, "", result)
            self.assertRegex(result.err, r"\n  \S[^:\n]*: [^\n]+\n\Z", result)

    def xppkg(self, folder, *words, **options):
        return self.run_program("xppkg", "-C", folder, *words, **options)

    def release_tool(self, *words, env=None, **options):
        return self.run_program("xppkg-release", *words,
                                env={"XPPKG_PASSPHRASE": PASSPHRASE, **(env or {})}, **options)

    # Repositories

    def make_repository(self, name="repo", **options):
        repo = self.path(name)
        self.release_tool("init", repo, "--quick-passphrase", code=0, **options)
        return repo

    def add(self, repo, version, tree, *words, package=PACKAGE, **options):
        return self.release_tool("add", repo, "--package", package, "--version", version,
                                 "--level", 3, *words, tree, **options)

    def published(self):
        """The repository of three releases that all tests of this process share: read only."""
        return shared_repository()

    def copy_of_published(self, name="repo"):
        """A copy that a test may damage or add to."""
        repo = self.path(name)
        shutil.copytree(shared_repository(), repo, symlinks=True)
        shutil.copytree(shared_repository() + ".keys", repo + ".keys", symlinks=True)
        return repo

    # Installations

    def init(self, folder, *sources, root=None, package=PACKAGE, words=(), **options):
        sources = sources or (f"file:{self.published()}",)
        root = root or os.path.join(self.published(), "root.json")
        flags = [word for source in sources for word in ("--source", source)]
        return self.xppkg(folder, "init", *flags, "--root", root, "--package", package, *words,
                          **options)

    def install(self, version=OLD, name="app", sources=(), words=(), root=None):
        """A folder with this version installed."""
        folder = self.path(name)
        self.init(folder, *sources, words=words, root=root, code=0)
        self.xppkg(folder, "install", version, code=0)
        self.assert_version(folder, version)
        return folder

    def status(self, folder, **options):
        return self.xppkg(folder, "--json", "status", code=0, **options).json

    def assert_version(self, folder, version):
        """The folder holds exactly this release, by bytes, modes and links."""
        self.assert_same(snapshot(folder), release_snapshot(version))
        self.assertEqual(json.loads(read(os.path.join(folder, ".xppkg/installed.json")))["version"],
                         version)

    def assert_same(self, actual, expected):
        if actual == expected:
            return
        paths = sorted(set(actual) | set(expected))
        different = [f"{path}: {actual.get(path)} instead of {expected.get(path)}"
                     for path in paths if actual.get(path) != expected.get(path)]
        self.fail("\n".join(different))

    def assert_old_or_new(self, folder):
        """The folder is exactly OLD or exactly NEW, and knows which of them it is."""
        version = self.status(folder)["installed"]
        self.assertIn(version, (OLD, NEW))
        self.assert_version(folder, version)
        self.xppkg(folder, "verify", "--full", code=0)

    def assert_nothing_staged(self, folder):
        for name in ("staging", "backup", "journal", "journal.undo", "journal.done"):
            self.assertFalse(os.path.lexists(os.path.join(folder, ".xppkg", name)), name)

    def kept(self, folder):
        """Checks, when left, that a block changed nothing of what is installed."""
        return _Kept(self, folder)


class _Kept:
    def __init__(self, case, folder):
        self._case, self._folder = case, folder

    def _state(self):
        names = ("installed.json", "manifest.json", "config.json")
        state = os.path.join(self._folder, ".xppkg")
        return snapshot(self._folder), [read(os.path.join(state, name)) for name in names
                                        if os.path.exists(os.path.join(state, name))]

    def __enter__(self):
        self._before = self._state()

    def __exit__(self, kind, *_):
        if kind is not None:
            return
        now = self._state()
        self._case.assert_same(now[0], self._before[0])
        self._case.assertEqual(now[1], self._before[1])
        self._case.assert_nothing_staged(self._folder)


def remove(folder):
    """Removes a folder even where a test took rights away."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755)
    shutil.rmtree(folder)


def kill(process):
    """Ends a process as a power cut would, and reaps it."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


# The repository that is built once --------------------------------------------------------------

_shared = {}


def _workshop():
    if "folder" not in _shared:
        _shared["folder"] = tempfile.mkdtemp(prefix="xppkg-shared-")
        os.chmod(_shared["folder"], 0o755)
        atexit.register(remove, _shared["folder"])
    return _shared["folder"]


def tree_of(version):
    """The folder that this release is published from."""
    folder = os.path.join(_workshop(), "tree-" + version)
    if not os.path.exists(folder):
        make_tree(folder, release_tree(version))
    return folder


def release_snapshot(version):
    if version not in _shared:
        _shared[version] = snapshot(tree_of(version))
    return _shared[version]


def shared_repository():
    """The path of a repository with the three VERSIONS of PACKAGE, on channel stable."""
    if "repository" not in _shared:
        repo = os.path.join(_workshop(), "repo")
        _release("init", repo, "--quick-passphrase")
        for version in VERSIONS:
            notes = os.path.join(_workshop(), "notes")
            write(notes, f"News of {version}: \u00fcberall schneller.\n")
            _release("add", repo, "--package", PACKAGE, "--version", version, "--level", "3",
                     "--notes", notes, "--config", "*.ini", tree_of(version))
        _shared["repository"] = repo
    return _shared["repository"]


def _release(*words):
    process = start("xppkg-release", *words, env={"XPPKG_PASSPHRASE": PASSPHRASE})
    out, err = process.communicate(timeout=120)
    if process.returncode != 0:
        raise RuntimeError(f"xppkg-release {' '.join(words)}: {out}{err}")
