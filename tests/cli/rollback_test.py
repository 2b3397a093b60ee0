"""Going back to the version before, without a download, and releases that do not run."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

from publish_case import PublishCase
from xppkg_case import ENVIRONMENT, holding, read, snapshot, wait_until, write

XPPKG = os.environ["XPPKG"]


class RollbackCase(PublishCase):
    def pc(self, *words, versions=("1", "2"), database=False):
        """A folder with version 1 installed, and a repository that has gone on."""
        repo = self.make_repository()
        self.add(repo, versions[0], self.tree(versions[0]), code=0)
        folder = self.path("pc")
        site = ["--database", f"sqlite:{self.path('site.db')}"] if database else []
        self.init(folder, f"file:{repo}", words=[*site, *words], root=f"{repo}/root.json", code=0)
        self.xppkg(folder, "install", versions[0], code=0)
        for version in versions[1:]:
            self.add(repo, version, self.tree(version), code=0)
        return repo, folder

    def assert_is(self, folder, version):
        self.assert_same(snapshot(folder), snapshot(self.tree(version)))
        self.xppkg(folder, "verify", "--full", code=0)
        self.assertEqual(self.status(folder)["installed"], version)

    def lay_in_the_way(self, folder):
        """A user's own files in a folder where each release needs a file."""
        os.remove(folder + "/bin/app")
        os.mkdir(folder + "/bin/app")
        write(folder + "/bin/app/mine", "the user's")

    def clear_the_way(self, folder):
        shutil.rmtree(folder + "/bin/app")
        self.xppkg(folder, "repair", code=0)

    def start(self, folder, *program, **options):
        return self.xppkg(folder, "start", "--", *(program or ("true",)), **options)


class Rollback(RollbackCase):
    def test_version_before_comes_back_without_any_source(self):
        repo, folder = self.pc()
        self.xppkg(folder, "apply", code=0)
        self.assert_is(folder, "2")
        shutil.rmtree(repo)
        self.assertEqual(self.xppkg(folder, "--json", "rollback", "--list", code=0).json, ["1"])
        back = self.xppkg(folder, "--json", "rollback", code=0).json
        self.assertEqual((back["from"], back["to"]), ("2", "1"))
        self.assert_is(folder, "1")
        # And forth again, in the same way.
        self.xppkg(folder, "rollback", "2", code=0)
        self.assert_is(folder, "2")
        last = self.xppkg(folder, "--json", "history", code=0).json[-1]
        self.assertEqual((last["action"], last["result"], last["bytes"]), ("rollback", "done", 0))

    def test_nothing_kept_or_a_damaged_kept_file_changes_nothing(self):
        repo, folder = self.pc()
        self.xppkg(folder, "rollback", error="rollback.unavailable")
        self.xppkg(folder, "apply", code=0)
        os.rename(repo, repo + ".away")
        self.xppkg(folder, "rollback", "9", error="rollback.unavailable")
        kept = os.path.join(folder, ".xppkg/kept/1/files")
        for name in os.listdir(kept):
            write(os.path.join(kept, name), "spoiled")
        self.xppkg(folder, "rollback", error="rollback.unavailable")
        self.assert_is(folder, "2")
        for name in os.listdir(kept):
            os.remove(os.path.join(kept, name))
        self.xppkg(folder, "rollback", error="rollback.unavailable")
        self.assert_is(folder, "2")
        # The vendor still has them.
        os.rename(repo + ".away", repo)
        self.xppkg(folder, "rollback", code=0)
        self.assert_is(folder, "1")

    def test_edit_before_an_update_is_found_again_and_does_not_end_the_way_back(self):
        _, folder = self.pc()
        write(folder + "/bin/app", "three days of work")
        told = self.xppkg(folder, "--json", "apply", code=0).json["notices"]
        places = [notice["detail"] for notice in told if notice["id"] == "file.displaced"]
        self.assertEqual([read(os.path.join(folder, place)) for place in places],
                         [b"three days of work"])
        self.xppkg(folder, "rollback", code=0)
        self.assert_is(folder, "1")

    def test_as_many_releases_and_bytes_are_kept_as_allowed(self):
        for words, expected in ((["--keep", "2"], ["3", "2"]), (["--keep", "0"], []),
                                (["--keep", "9"], ["3", "2", "1"]),
                                (["--keep", "9", "--keep-bytes", "30KB"], ["3"])):
            repo, folder = self.pc(*words, versions=("1", "2", "3", "4"))
            for version in ("2", "3", "4"):
                self.xppkg(folder, "apply", "--to", version, code=0)
            self.assertEqual(self.xppkg(folder, "--json", "rollback", "--list", code=0).json,
                             expected, words)
            if expected:
                self.xppkg(folder, "rollback", expected[-1], code=0)
                self.assert_is(folder, expected[-1])
            shutil.rmtree(folder)
            shutil.rmtree(repo)
            shutil.rmtree(repo + ".keys")

    def test_no_way_leads_back_below_the_vendors_minimum_version(self):
        repo, folder = self.pc()
        self.xppkg(folder, "apply", code=0)
        self.release_tool("min-version", repo, "2", "--package", "app", code=0)
        self.xppkg(folder, "check", code=0)
        self.xppkg(folder, "rollback", error="policy.below-floor")
        self.assert_is(folder, "2")

    def test_user_files_and_changed_config_stay_both_ways(self):
        _, folder = self.pc()
        write(folder + "/notes", "mine")
        self.xppkg(folder, "apply", code=0)
        self.xppkg(folder, "rollback", code=0)
        self.assertEqual(read(folder + "/notes"), b"mine")
        os.remove(folder + "/notes")
        self.assert_is(folder, "1")


def damage(path):
    """Damages a file in each way in turn."""
    whole = read(path)
    for bytes_of_it in (b"\x00\xff\x00", b"", whole[:len(whole) // 2], b"[" * 100_000, b"{}"):
        write(path, bytes_of_it)
        yield bytes_of_it[:10]
    with open(path, "wb") as file:
        file.truncate(1 << 40)
    yield "huge"
    os.remove(path)
    os.mkdir(path)
    yield "a folder"
    os.rmdir(path)
    write(path, whole)


class DamagedState(RollbackCase):
    def test_damaged_note_of_a_release_that_was_left_is_none(self):
        _, folder = self.pc()
        self.xppkg(folder, "apply", code=0)
        self.xppkg(folder, "rollback", code=0)
        note = os.path.join(folder, ".xppkg/rolled-back.json")
        for what in damage(note):
            with self.subTest(what=what):
                plan = self.xppkg(folder, "--json", "plan", code=0).json
                self.assertEqual((plan["from"], plan["to"]), ("1", "2"))
        self.assertFalse(self.xppkg(folder, "--json", "apply", code=0).json["changed"])
        with open(note, "wb") as file:
            file.truncate(1 << 40)
        self.xppkg(folder, "apply", code=0)
        self.assert_is(folder, "2")
        self.xppkg(folder, "rollback", code=0)
        self.assertFalse(self.xppkg(folder, "--json", "apply", code=0).json["changed"])

    def test_kept_release_that_does_not_say_what_it_is_is_left_out(self):
        _, folder = self.pc("--keep", "2", versions=("1", "2", "3"))
        for version in ("2", "3"):
            self.xppkg(folder, "apply", "--to", version, code=0)
        for number, others in (("2", ["1"]), ("1", ["2"])):
            for what in damage(os.path.join(folder, ".xppkg/kept", number, "installed.json")):
                with self.subTest(number=number, what=what):
                    listed = self.xppkg(folder, "--json", "rollback", "--list", code=0).json
                    self.assertEqual(listed, others)
                    other, = others
                    damaged = "2" if other == "1" else "1"
                    with self.kept(folder):
                        self.xppkg(folder, "rollback", damaged, error="rollback.unavailable")
        self.xppkg(folder, "rollback", "1", code=0)
        self.assert_is(folder, "1")

    def test_kept_manifest_that_is_damaged_changes_nothing(self):
        _, folder = self.pc()
        self.xppkg(folder, "apply", code=0)
        for what in damage(os.path.join(folder, ".xppkg/kept/1/manifest.json")):
            with self.subTest(what=what), self.kept(folder):
                self.assertNotEqual(self.xppkg(folder, "rollback").code, 0)
        self.xppkg(folder, "rollback", code=0)
        self.assert_is(folder, "1")


class StaysAway(RollbackCase):
    def test_release_that_was_rolled_back_comes_only_when_it_is_asked_for_again(self):
        repo, folder = self.pc()
        self.xppkg(folder, "apply", code=0)
        self.xppkg(folder, "rollback", code=0)
        for words in ([], ["--newest"]):
            answer = self.xppkg(folder, "--json", "apply", *words, code=0).json
            self.assertEqual((answer["changed"], answer["reason"]), (False, "rolled-back"))
        self.assert_is(folder, "1")
        self.xppkg(folder, "apply", "--retry", code=0)
        self.assert_is(folder, "2")
        self.xppkg(folder, "rollback", code=0)
        self.xppkg(folder, "apply", "--to", "2", code=0)
        self.xppkg(folder, "rollback", code=0)
        self.add(repo, "3", self.tree("3"), code=0)
        self.xppkg(folder, "apply", code=0)
        self.assert_is(folder, "3")

    def test_required_decision_is_refused_and_another_one_is_followed(self):
        _, folder = self.pc(database=True)
        self.xppkg(folder, "release", "2", code=0)
        self.xppkg(folder, "apply", code=0)
        self.xppkg(folder, "rollback", code=0)
        self.xppkg(folder, "apply", code=12, error="policy.rolled-back")
        self.assert_is(folder, "1")
        # The same release, decided anew: under this policy the old one may run.
        self.xppkg(folder, "release", "2", "--policy", "recommended", code=0)
        self.xppkg(folder, "apply", code=0)
        self.assert_is(folder, "2")
        self.xppkg(folder, "rollback", code=0)
        self.xppkg(folder, "apply", code=0)
        self.assert_is(folder, "1")


    def test_way_back_that_failed_does_not_keep_the_installed_release_away(self):
        _, folder = self.pc(database=True)
        self.xppkg(folder, "release", "2", code=0)
        self.xppkg(folder, "apply", code=0)
        self.lay_in_the_way(folder)
        self.xppkg(folder, "rollback", error="tree.conflict")
        self.clear_the_way(folder)
        self.assertEqual(self.xppkg(folder, "--json", "apply", code=0).json["reason"], "up-to-date")

    def test_way_back_that_was_killed_as_it_began_does_not_keep_the_installed_release_away(self):
        _, folder = self.pc(database=True)
        self.xppkg(folder, "release", "2", code=0)
        self.xppkg(folder, "apply", code=0)
        self.xppkg(folder, "rollback", code=0)
        noted = read(folder + "/.xppkg/rolled-back.json")
        self.xppkg(folder, "apply", "--retry", code=0)
        write(folder + "/.xppkg/rolled-back.json", noted)
        self.assertEqual(self.xppkg(folder, "--json", "apply", code=0).json["reason"], "up-to-date")


class Health(RollbackCase):
    def test_update_that_is_never_confirmed_is_left_after_so_many_starts(self):
        _, folder = self.pc("--confirm-within", "2")
        self.start(folder, code=0)  # The first release has nothing to go back to.
        self.xppkg(folder, "apply", code=0)
        self.start(folder, code=0)
        self.start(folder, code=0)
        self.assert_is(folder, "2")
        said = self.start(folder, code=0)
        self.assertIn("2 was never confirmed as working: back to 1.", said.err)
        self.assert_is(folder, "1")
        self.xppkg(folder, "apply", code=0)
        self.assert_is(folder, "1")
        self.assertNotIn("never", self.start(folder, code=0).err)

    def test_confirmed_update_stays(self):
        _, folder = self.pc("--confirm-within", "1")
        self.xppkg(folder, "apply", code=0)
        self.start(folder, XPPKG, "-C", folder, "confirm", code=0)
        self.assertFalse(self.xppkg(folder, "--json", "confirm", code=0).json["was_awaited"])
        for _ in range(4):
            self.start(folder, code=0)
        self.assert_is(folder, "2")

    def test_without_the_option_nothing_is_counted(self):
        _, folder = self.pc()
        self.xppkg(folder, "apply", code=0)
        for _ in range(4):
            self.start(folder, code=0)
        self.assert_is(folder, "2")

    def test_unconfirmed_release_stays_where_nothing_is_kept(self):
        _, folder = self.pc("--confirm-within", "1", "--keep", "0")
        self.xppkg(folder, "apply", code=0)
        self.start(folder, code=0)
        self.assertIn("cannot be rolled back", self.start(folder, code=0).err)
        self.assert_is(folder, "2")

    def unconfirmed(self):
        """A folder whose release has had its last start without being confirmed."""
        repo, folder = self.pc("--confirm-within", "1")
        self.xppkg(folder, "apply", code=0)
        self.start(folder, code=0)
        return repo, folder

    def assert_starts_where_it_is(self, folder):
        said = self.start(folder, "sh", "-c", "exit 3")
        self.assertEqual(said.code, 3, said)
        self.assertIn("cannot be rolled back", said.err)
        self.assertEqual(self.status(folder)["installed"], "2")
        self.assert_nothing_staged(folder)

    def test_program_starts_though_the_way_back_is_below_the_vendors_minimum_version(self):
        repo, folder = self.unconfirmed()
        self.release_tool("min-version", repo, "2", "--package", "app", code=0)
        self.xppkg(folder, "check", code=0)
        self.assert_starts_where_it_is(folder)
        self.assert_is(folder, "2")

    def test_program_starts_though_the_kept_release_is_damaged(self):
        _, folder = self.unconfirmed()
        write(folder + "/.xppkg/kept/1/manifest.json", "{}")
        self.assert_starts_where_it_is(folder)
        self.assert_is(folder, "2")

    def test_program_starts_though_files_are_in_the_way_back(self):
        _, folder = self.unconfirmed()
        self.lay_in_the_way(folder)
        self.assert_starts_where_it_is(folder)
        self.clear_the_way(folder)
        self.assertIn("back to 1", self.start(folder, code=0).err)
        self.assert_is(folder, "1")

    def test_program_starts_though_another_one_runs_from_the_folder(self):
        _, folder = self.unconfirmed()
        other = subprocess.Popen(holding(folder + "/.xppkg/in-use", "sleep", "1000"))
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        with open(folder + "/.xppkg/in-use", "r+", encoding="utf-8") as file:
            wait_until(lambda: self.is_held(file))
        self.assert_starts_where_it_is(folder)
        other.kill()
        other.wait()
        self.assertIn("back to 1", self.start(folder, code=0).err)
        self.assert_is(folder, "1")

    @staticmethod
    def is_held(file):
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.lockf(file, fcntl.LOCK_UN)
        return False


class Start(RollbackCase):
    def test_program_gets_arguments_folder_streams_and_gives_its_exit_status(self):
        _, folder = self.pc()
        code = "import os, sys; print(sys.argv[1:], os.getcwd(), sys.stdin.read()); sys.exit(77)"
        words = ["a b", "--json", "'$(x)"]
        run = subprocess.run([XPPKG, "-C", folder, "start", "--", sys.executable, "-c", code, *words],
                             input="in", cwd=self.path(""), env=ENVIRONMENT, capture_output=True,
                             text=True, check=False)
        here = os.path.realpath(self.path(""))
        self.assertEqual((run.returncode, run.stdout), (77, f"{words} {here} in\n"), run.stderr)

    def test_signal_ends_the_program_and_is_told(self):
        _, folder = self.pc()
        killed = subprocess.run([XPPKG, "-C", folder, "start", "--", "sh", "-c", "kill -KILL $$"],
                                env=ENVIRONMENT, check=False)
        self.assertEqual(killed.returncode, 128 + signal.SIGKILL)
        run = subprocess.Popen([XPPKG, "-C", folder, "start", "--", "sleep", "60"], env=ENVIRONMENT)
        while not subprocess.run(["pgrep", "-P", str(run.pid), "sleep"], check=False,
                                 capture_output=True).stdout:
            time.sleep(0.01)
        run.send_signal(signal.SIGTERM)
        self.assertEqual(run.wait(), 128 + signal.SIGTERM)

    def test_program_that_cannot_be_started_is_told(self):
        _, folder = self.pc()
        self.start(folder, "/nowhere/app", error="usage.invalid")
        self.xppkg(self.path("none"), "start", "--", "true", error="usage.not-installation")

    def test_update_waits_for_a_program_that_was_started_to_hold_it_back(self):
        _, folder = self.pc()
        with open(self.path("said"), "w", encoding="utf-8") as out:
            run = subprocess.Popen([XPPKG, "-C", folder, "start", "--hold", "--", "sh", "-c",
                                    "echo runs; read line"], env=ENVIRONMENT, stdin=subprocess.PIPE,
                                   stdout=out)
        while not read(self.path("said")):
            time.sleep(0.01)
        self.xppkg(folder, "apply", "--wait", "0", code=8, error="use.busy")
        run.communicate(b"\n")
        self.xppkg(folder, "apply", "--wait", "0", code=0)
        self.assert_is(folder, "2")

    def test_update_that_was_put_off_is_finished_by_the_next_start(self):
        _, folder = self.pc()
        with open(self.path("said"), "w", encoding="utf-8") as out:
            run = subprocess.Popen([XPPKG, "-C", folder, "start", "--hold", "--", "sh", "-c",
                                    "echo runs; read line"], env=ENVIRONMENT, stdin=subprocess.PIPE,
                                   stdout=out)
        while not read(self.path("said")):
            time.sleep(0.01)
        self.xppkg(folder, "apply", "--to", "2", "--wait", "0", code=8, error="use.busy")
        run.communicate(b"\n")
        self.assertIn("Updated to 2", self.start(folder, code=0).err)
        self.assert_is(folder, "2")
        self.assertNotIn("Updated", self.start(folder, code=0).err)

    def test_damaged_note_of_an_update_that_was_put_off_is_none(self):
        _, folder = self.pc()
        before = self.status(folder)["installed"]
        for text in ("", "{", '{"kind": "perhaps"}', '{"kind": 7}', "x" * 100_000):
            write(os.path.join(folder, ".xppkg/pending.json"), text)
            self.start(folder, code=0)
            self.assertEqual(self.status(folder)["installed"], before)


if __name__ == "__main__":
    unittest.main()
