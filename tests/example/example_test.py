"""The example application, built with nothing but what is installed, on workstations of one site: its
user's answers, what it hears of the others, and its restarts."""

import glob
import os
import re
import shlex
import subprocess
import tempfile
import threading
import unittest

from site_case import IS_SQLITE, SiteCase
from xppkg_case import ENVIRONMENT, PACKAGE, PASSPHRASE, make_tree, read, remove, wait_until

XPPKG, XPPKG_RELEASE = os.environ["XPPKG"], os.environ["XPPKG_RELEASE"]
SOURCE, BUILD = os.environ["XPPKG_SOURCE"], os.environ["XPPKG_BUILD"]
COMPILER = shlex.split(os.environ["XPPKG_CXX"])
FIRST, SECOND = "1.0", "2.0"


def run(*command, env=None):
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**ENVIRONMENT, **(env or {})})
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


class PublishedExample:
    """Where the example is built and published, once for all tests: `installed` is what a
    distribution's package would hold."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="xppkg-example-")
        os.chmod(self.folder, 0o755)
        unittest.addModuleCleanup(remove, self.folder)
        self.installed = self._path("installed")
        self.repository = self._path("repository")
        self._build()
        self._publish()

    def _path(self, name):
        return os.path.join(self.folder, name)

    def library(self):
        return glob.glob(f"{self.installed}/**/libxppkg.so.0", recursive=True)[0]

    def headers(self):
        return glob.glob(f"{self.installed}/**/include/xppkg/*.hpp", recursive=True)

    def included(self):
        """Every file that the compiler read for the example."""
        words = []
        for path in glob.glob(self._path("*.d")):
            words += shlex.split(read(path).decode().replace("\\\n", " "))
        return {os.path.realpath(word) for word in words if word.endswith(".hpp")}

    def _build(self):
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--strip", "--quiet",
            "--destdir", self.installed)
        description = glob.glob(f"{self.installed}/**/xppkg.pc", recursive=True)[0]
        found = {"PKG_CONFIG_PATH": os.path.dirname(description),
                 "PKG_CONFIG_SYSROOT_DIR": self.installed}
        options = {kind: shlex.split(run("pkg-config", f"--{kind}", "xppkg", env=found))
                   for kind in ("cflags", "libs")}
        objects = []
        for source in glob.glob(f"{SOURCE}/tools/example/*.cpp"):
            objects.append(self._path(os.path.basename(source) + ".o"))
            run(*COMPILER, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-MD", "-MF",
                objects[-1][:-2] + ".d", *options["cflags"], "-c", source, "-o", objects[-1])
        run(*COMPILER, *objects, *options["libs"], "-pthread", "-Wl,-rpath,$ORIGIN/../lib",
            "-o", self._path("example"))

    def _publish(self):
        def release_tool(*words):
            run(XPPKG_RELEASE, *words, env={"XPPKG_PASSPHRASE": PASSPHRASE})

        release_tool("init", self.repository, "--quick-passphrase")
        for version in (FIRST, SECOND):
            tree = make_tree(self._path(version), {"news.txt": f"This is {version}.\n"})
            for part, source in (("bin/example", self._path("example")),
                                 ("lib/libxppkg.so.0", self.library())):
                os.makedirs(os.path.dirname(os.path.join(tree, part)), exist_ok=True)
                run("cp", source, os.path.join(tree, part))
            release_tool("add", self.repository, "--package", PACKAGE, "--version", version,
                         "--level", "3", tree)


EXAMPLE = None


def setUpModule():
    global EXAMPLE
    EXAMPLE = PublishedExample()


class Running:
    """The example on one workstation, with its user at standard input."""

    def __init__(self, folder, through_start):
        command = [os.path.join(folder, "bin/example"), folder]
        if through_start:
            command = [XPPKG, "-C", folder, "start", "--", *command]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT)
        self._lines = []
        self._seen = 0
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.append(line.rstrip("\n"))

    def expect(self, sentence):
        """Waits for a line that comes after those that were expected before."""
        def is_shown():
            is_over = not self._reader.is_alive()
            for place in range(self._seen, len(self._lines)):
                if sentence in self._lines[place]:
                    self._seen = place + 1
                    return True
            if is_over:
                raise EOFError
            return False

        try:
            wait_until(is_shown, 60)
        except (EOFError, TimeoutError) as error:
            raise AssertionError("\n".join([f"“{sentence}” was not shown:", *self._lines])) from error

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        """Its exit status, as soon as it ends by itself."""
        return self.process.wait(60)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()  # Which xppkg passes on.
            self.process.wait(60)
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


class Example(SiteCase):
    def copy_of_published(self, name="repo"):
        return EXAMPLE.repository

    def workstation(self, name, version=FIRST):
        folder = self.path(name)
        self.init(folder, f"file:{self.repo}", root=os.path.join(self.repo, "root.json"), code=0,
                  words=["--database", self.database(), "--workstation", name,
                         "--confirm-within", "3"])
        if not self.has_tables:
            self.xppkg(folder, "site", "init", code=0)
            self.has_tables = True
        self.xppkg(folder, "install", version, code=0)
        return folder

    def site(self):
        """Two workstations that run what was released."""
        folders = self.workstation("A"), self.workstation("B")
        self.xppkg(folders[0], "release", code=0)
        return folders

    def run_example(self, folder, through_start=True):
        running = Running(folder, through_start)
        self.addCleanup(running.close)
        return running

    def test_what_a_pilot_releases_reaches_an_example_that_runs_and_restarts_it(self):
        first, second = self.site()
        other = self.run_example(second)
        other.expect("Version 1.0 runs.")
        other.expect("Gate: ok")
        other.expect("Version 2.0 is available")

        pilot = self.run_example(first)
        pilot.expect("Version 2.0 is available")
        pilot.type("update")
        pilot.expect("Updated to 2.0.")
        pilot.expect("Version 2.0 runs.")
        pilot.expect("Gate: pilot")
        pilot.expect("Release version 2.0 for all workstations?")
        other.type("an order")
        other.expect("Booked: an order")
        pilot.type("yes")
        pilot.expect("Released 2.0 for all workstations.")
        pilot.expect("Version 2.0 is confirmed.")

        other.expect("on A released 2.0.")
        other.expect("Gate: outdated")
        other.expect("Updated to 2.0.")
        other.expect("Version 2.0 runs.")
        other.expect("Gate: ok")
        other.expect("Version 2.0 is confirmed.")
        for running in (pilot, other):
            running.type("quit")
            self.assertEqual(running.end(), 0)
        self.assertEqual({name: (item["version"], item["current"])
                          for name, item in self.fleet(first).items()},
                         {"A": (SECOND, True), "B": (SECOND, True)})

    def test_pilot_who_says_no_is_asked_once(self):
        first, second = self.site()
        self.xppkg(first, "apply", "--newest", code=0)
        pilot = self.run_example(first)
        pilot.expect("Release version 2.0 for all workstations?")
        pilot.type("perhaps")
        pilot.expect("Please answer yes or no.")
        pilot.type("no")
        pilot.expect("It stays a test on this workstation.")
        pilot.type("quit")
        self.assertEqual(pilot.end(), 0)
        self.assertFalse(self.gate(first)["asks"])
        self.assertEqual(self.gate(second)["state"], "ok")

    def test_outdated_example_that_nobody_restarts_updates_and_says_so(self):
        first, second = self.site()
        self.xppkg(first, "apply", "--newest", code=0)
        self.xppkg(first, "release", code=0)
        old = self.run_example(second, through_start=False)
        old.expect("Outdated: 1.0 is installed, 2.0 is released.")
        old.expect("Please start the program again.")
        self.assertEqual(old.end(), 0)
        new = self.run_example(second, through_start=False)
        new.expect("Version 2.0 runs.")
        new.expect("Gate: ok")

    def test_no_update_is_committed_under_an_example_that_runs(self):
        folder, _ = self.site()
        running = self.run_example(folder)
        running.expect("Version 2.0 is available")
        self.xppkg(folder, "apply", "--newest", "--wait", "0", error="use.busy")
        running.type("quit")
        self.assertEqual(running.end(), 0)
        self.xppkg(folder, "apply", "--newest", "--wait", "0", code=0)

    def test_required_release_keeps_an_example_closed_that_cannot_reach_the_database(self):
        _, folder = self.site()
        self.assertEqual(self.gate(folder)["state"], "ok")
        self.hide_the_database()
        running = self.run_example(folder, through_start=False)
        running.expect("Gate: unreachable")
        self.assertEqual(running.end(), 11)
        self.bring_the_database_back()


@unittest.skipUnless(IS_SQLITE, "has nothing to do with the database")
class Installed(unittest.TestCase):
    def test_example_reads_no_header_of_ours_that_is_not_installed(self):
        included = EXAMPLE.included()
        own = os.path.realpath(os.path.join(SOURCE, "tools/example"))
        source = os.path.realpath(SOURCE)
        self.assertEqual([path for path in included if path.startswith(source + os.sep)
                          and os.path.dirname(path) != own], [])
        installed = {os.path.realpath(path) for path in EXAMPLE.headers()}
        self.assertIn("site.hpp", {os.path.basename(path) for path in included & installed})

    def test_core_lines_in_the_documents_stand_in_the_example(self):
        page = read(os.path.join(SOURCE, "docs/application.md")).decode()
        page = page[page.index("Its core,"):page.index("While a program holds")]
        shown = [line for block in re.findall(r"```cpp\n(.*?)```", page, re.S)
                 for line in block.splitlines()]
        self.assertGreater(len(shown), 5)
        lines = set()
        for path in glob.glob(f"{SOURCE}/tools/example/*.cpp"):
            lines |= {line.strip() for line in read(path).decode().splitlines()}
        self.assertEqual([line for line in shown if line not in lines], [])

    def test_library_exports_what_the_headers_declare_and_nothing_else(self):
        declared = set()
        for path in EXAMPLE.headers():
            declared |= set(re.findall(r"\w+", read(path).decode()))
        symbols = run("nm", "-D", "-C", "--defined-only", "--format=posix", EXAMPLE.library())
        self.assertIn("xppkg::Site::gate()", symbols)
        for line in symbols.splitlines():
            name = re.match(r"(?:(?:typeinfo|typeinfo name|vtable) for )?xppkg::(\w+)", line)
            self.assertTrue(name, line)
            self.assertIn(name.group(1), declared | {"operator"}, line)


if __name__ == "__main__":
    unittest.main(verbosity=1)
