"""Updates while programs run from the folder, hold its files open, say that they use it, or update
it themselves."""

import contextlib
import fcntl
import os
import subprocess
import sys
import unittest

from xppkg_case import (NEW, OLD, Program, XppkgCase, holding, kill, make_tree, noise, read, release_snapshot,
                        snapshot, start, wait_until)

NOBODY = 65534
FILES = 1000


def in_use(folder):
    return os.path.join(folder, ".xppkg/in-use")


@contextlib.contextmanager
def program_in(folder):
    """A program that says that it runs from the folder, as xppkg::InUse does; may be closed."""
    with open(in_use(folder), "rb") as file:
        fcntl.lockf(file, fcntl.LOCK_SH)
        yield file


class InUse(XppkgCase):
    def test_folder_in_use_keeps_the_old_version_and_the_program_is_named(self):
        folder = self.install(OLD)
        with program_in(folder), self.kept(folder):
            for words in (["apply"], ["apply", "--to", NEW], ["apply", "--newest"]):
                result = self.xppkg(folder, "--json", *words, "--wait", 0, error="use.busy")
                self.assertIn(f"(pid {os.getpid()})", result.json["error"]["facts"]["held by"])
            self.xppkg(folder, "apply", "--wait", 1, error="use.busy")
        last = self.xppkg(folder, "--json", "history", code=0).json[-1]
        self.assertEqual((last["action"], last["from"], last["to"], last["result"]),
                         ("apply", OLD, NEW, "use.busy"))
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_commands_that_change_nothing_do_not_mind_programs(self):
        folder = self.install(OLD)
        with program_in(folder):
            self.xppkg(folder, "check", code=100)
            for verb in ("plan", "verify", "status", "history", "recover"):
                self.xppkg(folder, verb, code=0)
            self.xppkg(folder, "apply", "--to", OLD, "--wait", 0, code=0)

    def test_update_that_was_in_the_way_is_finished_without_a_second_download(self):
        repo = self.copy_of_published()
        folder = self.install(OLD, sources=[f"file:{repo}"])
        with program_in(folder):
            self.xppkg(folder, "apply", "--wait", 0, error="use.busy")
        for place, _, names in os.walk(os.path.join(repo, "targets")):
            for name in names:
                if name.endswith(".xpp"):
                    os.remove(os.path.join(place, name))
        result = self.xppkg(folder, "--json", "apply", code=0).json
        self.assertEqual((result["changed"], result["downloaded"]), (True, 0))
        self.assert_version(folder, NEW)

    def test_apply_waits_until_the_program_ends(self):
        folder = self.install(OLD)
        with program_in(folder) as program:
            process = start("xppkg", "-C", folder, "apply", "--wait", 60)
            self.addCleanup(kill, process)
            self.assertIn(f"(pid {os.getpid()})", process.stderr.readline())
            self.assert_same(snapshot(folder), release_snapshot(OLD))
            program.close()
            self.assertEqual(process.wait(60), 0)
        self.assert_version(folder, NEW)

    def test_program_that_was_killed_is_in_nobodys_way(self):
        folder = self.install(OLD)
        program = subprocess.Popen(holding(in_use(folder), "sleep", "1000"))
        wait_until(lambda: read(f"/proc/{program.pid}/comm") == b"sleep\n")
        self.xppkg(folder, "apply", "--wait", 0, error="use.busy")
        kill(program)
        self.xppkg(folder, "apply", "--wait", 0, code=0)
        self.assert_version(folder, NEW)

    @unittest.skipUnless(os.geteuid() == 0, "only root becomes another user")
    def test_user_without_rights_to_write_may_say_that_he_uses_it(self):
        folder = self.install(OLD)
        program = subprocess.Popen(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
             *holding(in_use(folder), "sleep", "1000")])
        self.addCleanup(kill, program)
        wait_until(lambda: read(f"/proc/{program.pid}/comm") == b"sleep\n")
        result = self.xppkg(folder, "--json", "apply", "--wait", 0, error="use.busy")
        self.assertEqual(result.json["error"]["facts"]["held by"], f"sleep (pid {program.pid})")

    @unittest.skipUnless(os.geteuid() == 0, "only root becomes another user")
    def test_guest_locks_nobody_out(self):
        folder = self.install(OLD)
        guest = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        alone = ("import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'rb'), fcntl.LOCK_EX)")
        refused = subprocess.run([*guest, sys.executable, "-c", alone, in_use(folder)],
                                 capture_output=True, text=True, check=False)
        self.assertIn("Bad file descriptor", refused.stderr)
        own = subprocess.Popen([*guest, "flock", "-x", "-F", in_use(folder), "sleep", "1000"])
        self.addCleanup(kill, own)
        wait_until(lambda: read(f"/proc/{own.pid}/comm") == b"sleep\n")
        self.assertEqual(self.xppkg(folder, "start", "--", "echo", "runs", code=0).out, "runs\n")
        self.xppkg(folder, "apply", "--wait", 0, code=0)
        self.assert_version(folder, NEW)
        for name in ("lock", "in-use"):
            self.assertEqual(os.stat(os.path.join(folder, ".xppkg", name)).st_mode & 0o033, 0)
        locks = [os.path.join(folder, ".xppkg", name) for name in ("lock", "fetching")]
        self.assertEqual([os.stat(lock).st_mode & 0o077 for lock in locks], [0, 0])
        # As after `chmod -R a+rX`.
        for lock in locks:
            os.chmod(lock, 0o644)
        self.xppkg(folder, "apply", "--to", OLD, code=0)
        self.assertEqual([os.stat(lock).st_mode & 0o077 for lock in locks], [0, 0])

    @unittest.skipUnless(os.geteuid() == 0, "only root becomes another user")
    def test_administrator_goes_on_without_who_may_only_read(self):
        folder = self.install(OLD)
        guest = subprocess.Popen(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
             *holding(in_use(folder), "sleep", "1000")])
        self.addCleanup(kill, guest)
        wait_until(lambda: read(f"/proc/{guest.pid}/comm") == b"sleep\n")
        self.xppkg(folder, "apply", "--wait", 0, error="use.busy")
        told = self.xppkg(folder, "apply", "--override", code=0).err
        self.assertIn(f"sleep (pid {guest.pid})", told)
        self.assert_version(folder, NEW)
        self.xppkg(folder, "rollback", "--wait", 0, error="use.busy")
        self.xppkg(folder, "rollback", "--override", code=0)
        self.assert_version(folder, OLD)

    def test_start_says_for_whom_it_waits(self):
        folder = self.install(OLD)
        with open(in_use(folder), "r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            process = start("xppkg", "-C", folder, "start", "--", "echo", "runs")
            self.addCleanup(kill, process)
            self.assertIn(f"(pid {os.getpid()})", process.stderr.readline())
        self.assertEqual(process.communicate(timeout=60)[0], "runs\n")

    def test_file_that_is_missing_is_made_by_the_next_update(self):
        folder = self.install(OLD)
        os.remove(in_use(folder))
        self.xppkg(folder, "apply", code=0)
        self.assertEqual(os.stat(in_use(folder)).st_mode & 0o777, 0o644)


class SecondRun(XppkgCase):
    def test_second_run_ends_with_14_and_names_the_first(self):
        folder = self.install(OLD)
        with program_in(folder) as program:
            first = start("xppkg", "-C", folder, "apply", "--wait", 60)
            self.addCleanup(kill, first)
            first.stderr.readline()
            for verb in (["apply"], ["check"], ["recover"]):
                result = self.xppkg(folder, "--json", *verb, error="locked.other-run")
                self.assertEqual(result.json["error"]["facts"]["held by"],
                                 f"xppkg (pid {first.pid})")
            # A reader needs no lock.
            self.xppkg(folder, "status", code=0)
            program.close()
            self.assertEqual(first.wait(60), 0)
        self.assert_version(folder, NEW)

    def test_lock_of_a_run_that_was_killed_is_free(self):
        folder = self.install(OLD)
        with program_in(folder):
            first = start("xppkg", "-C", folder, "apply", "--wait", 60)
            first.stderr.readline()
            kill(first)
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)


class LargeTree(XppkgCase):
    """A tree of a thousand files with a real program in it."""

    def tree(self, version):
        entries = {"bin/sleep": Program(read("/bin/sleep") + noise(version, 1000))}
        for number in range(FILES - 1):
            changed = version if number % 3 else 0
            entries[f"data/{number % 20}/{number}"] = noise(number + 10_000 * changed, 300)
        return make_tree(self.path(f"tree-{version}"), entries)

    def installed_one_of_two(self):
        repo = self.make_repository()
        for version in (1, 2):
            self.add(repo, version, self.tree(version), code=0)
        folder = self.path("app")
        self.init(folder, f"file:{repo}", root=f"{repo}/root.json", code=0)
        self.xppkg(folder, "install", "1", code=0)
        return folder

    @unittest.skipUnless(os.path.isdir("/proc/self"), "needs to know what a process runs")
    def test_running_programs_open_files_and_a_second_run_do_not_block_an_update(self):
        folder = self.installed_one_of_two()
        old = {path: read(os.path.join(folder, path)) for path in snapshot(folder)
               if os.path.isfile(os.path.join(folder, path))}
        self.assertEqual(len(old), FILES)
        running = subprocess.Popen([os.path.join(folder, "bin/sleep"), "1000"])
        self.addCleanup(kill, running)
        image = wait_until(lambda: self.image_of(running))
        number = os.stat(f"/proc/{running.pid}/exe").st_ino
        with contextlib.ExitStack() as stack:
            open_files = {path: stack.enter_context(open(os.path.join(folder, path), "rb"))
                          for path in sorted(old)[:200]}
            with program_in(folder) as program:  # Until the second run has come.
                first = start("xppkg", "-C", folder, "apply", "--wait", 60)
                self.addCleanup(kill, first)
                first.stderr.readline()
                self.xppkg(folder, "apply", error="locked.other-run")
                program.close()
                self.assertEqual(first.wait(60), 0)
            for path, file in open_files.items():
                self.assertEqual(file.read(), old[path], path)
        self.assert_same(snapshot(folder), snapshot(self.path("tree-2")))
        self.assertIsNone(running.poll())
        self.assertEqual(os.stat(f"/proc/{running.pid}/exe").st_ino, number)
        self.assertNotEqual(os.stat(image).st_ino, number)
        subprocess.run([image, "0"], check=True)

    def image_of(self, process):
        image = os.readlink(f"/proc/{process.pid}/exe")
        return image if image.endswith("bin/sleep") and self.folder in image else None


if __name__ == "__main__":
    unittest.main(verbosity=1)
