"""The process as it was given to us: closed streams, ignored signals, limits, a lost working folder,
no /proc, bytes that are no text, output that nobody takes (docs/SAFETY.md, J)."""

import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import termios
import unittest

from strace import can_trace
from xppkg_case import (ENVIRONMENT, NEW, OLD, PACKAGE, PASSPHRASE, XppkgCase, make_tree, noise,
                        read, start, wait_until, write)

CLOSED = ["sh", "-c", '"$0" "$@" <&- >&- 2>&-']
# comm keeps 15 bytes of a name: here half of the last character.
HOLDER = """
import ctypes, fcntl, sys
ctypes.CDLL(None).prctl(15, "Buchhaltung123\\u00e4".encode())
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_SH)
print("held", flush=True)
sys.stdin.read()
"""


def program(name):
    return os.environ[name.upper().replace("-", "_")]


def bytes_in(pipe):
    """How many bytes nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4), sys.byteorder)


def ignore(*signals):
    """For a process before it becomes the program: as nohup does, or a shell's background job."""
    def settle():
        for number in (signal.SIGHUP, signal.SIGINT):  # Whatever runs the tests may ignore them.
            signal.signal(number, signal.SIG_DFL)
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
    return settle


class ClosedStreams(XppkgCase):
    def run_closed(self, *words):
        return subprocess.run([*CLOSED, program("xppkg"), *words], env=ENVIRONMENT, timeout=60,
                              check=False).returncode

    def broken_mirror(self):
        mirror = self.copy_of_published("mirror")
        for folder, _, files in os.walk(os.path.join(mirror, "targets")):
            for name in files:
                path = os.path.join(folder, name)
                if os.path.getsize(path) > 60_000:
                    os.truncate(path, 30_000)
        return f"file:{mirror}"

    def test_notices_do_not_land_in_downloads_where_the_streams_are_closed(self):
        for output_options in ([], ["--progress", "json"], ["--json"]):
            with self.subTest(output_options):
                folder = self.path("app" + "".join(output_options))
                self.init(folder, self.broken_mirror() if not output_options else
                          f"file:{self.published()}", f"file:{self.published()}", code=0)
                self.assertEqual(self.run_closed("-C", folder, *output_options, "install", OLD), 0)
                self.assert_version(folder, OLD)
                shutil.rmtree(self.path("mirror"), ignore_errors=True)
                shutil.rmtree(self.path("mirror.keys"), ignore_errors=True)

    def test_the_answer_of_a_verb_is_its_exit_status_where_the_streams_are_closed(self):
        folder = self.install(OLD)
        self.assertEqual(self.run_closed("-C", folder, "check"), 100)
        self.assertEqual(self.run_closed("-C", folder, "verify", "--full"), 0)
        self.assertEqual(self.run_closed("-C", folder, "apply", "--to", "9"), 1)
        self.assert_version(folder, OLD)

    def test_patches_are_made_where_the_streams_are_closed(self):
        write(self.path("old"), noise(1, 50_000))
        write(self.path("new"), noise(1, 50_000) + b"more")
        made = subprocess.run([*CLOSED, program("xppkg-delta"), "--progress", "json", "diff",
                               self.path("old"), self.path("new"), self.path("p")],
                              env=ENVIRONMENT, timeout=60, check=False)
        self.assertEqual(made.returncode, 0)
        self.run_program("xppkg-delta", "apply", self.path("old"), self.path("p"),
                         self.path("again"), code=0)
        self.assertEqual(read(self.path("again")), read(self.path("new")))


class Output(XppkgCase):
    def assert_told(self, name, *words):
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = start(name, *words, stdout=full, env={"XPPKG_PASSPHRASE": PASSPHRASE})
            _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, (words, err))
        self.assertIn("[output.failed]", err)
        self.assertIn("No space left on device", err)

    def test_output_that_a_full_disk_refuses_is_a_failure(self):
        folder = self.install(OLD, words=["--database", f"sqlite:{self.path('site.db')}"])
        for words in (["status"], ["history"], ["verify"], ["plan", "--newest"], ["check"],
                      ["release"], ["gate"], ["fleet"], ["site", "check"], ["site", "history"],
                      ["rollback", "--list"], ["repair"], ["recover"], ["apply", "--newest"]):
            with self.subTest(words):
                self.assert_told("xppkg", "-C", folder, *words, "--json")
        for words in (["status"], ["check"], ["history"], ["--help"], ["--version"]):
            with self.subTest(words):
                self.assert_told("xppkg", "-C", folder, *words)

    def test_output_of_the_other_programs_is_a_failure_as_well(self):
        write(self.path("old"), noise(1, 5000))
        write(self.path("new"), noise(2, 5000))
        repo = self.copy_of_published()
        self.assert_told("xppkg-release", "show", repo, "--json")
        self.assert_told("xppkg-release", "verify", repo, "--json")
        self.assert_told("xppkg-delta", "diff", self.path("old"), self.path("new"), self.path("p"),
                         "--json")
        self.assert_told("xppkg-delta", "show", self.path("p"))

    def test_a_slow_reader_gets_all_where_nobody_is_to_wait_for_him(self):
        folder = self.install(OLD)
        line = json.dumps({"at": "2026-01-01T00:00:00Z", "action": "apply", "from": "1", "to": "2",
                           "result": "done", "bytes": 1})
        write(os.path.join(folder, ".xppkg/history.jsonl"), (line + "\n") * 5000)
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        process = start("xppkg", "-C", folder, "history", "--json", stdout=writer)
        os.close(writer)
        with open(reader, "rb") as output:
            wait_until(lambda: bytes_in(output) >= 60_000)
            text = output.read()
        self.assertEqual(process.wait(60), 0, process.stderr.read())
        process.stderr.close()
        self.assertEqual(len(json.loads(text)), 5000)

    def test_a_reader_that_went_away_is_a_failure(self):
        folder = self.install(OLD)
        process = start("xppkg", "-C", folder, "status", "--json")
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(30), 1)
        self.assertIn("[output.failed]", err)

    def test_an_error_keeps_its_exit_status_where_it_cannot_be_told(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = start("xppkg", "-C", self.path(), "status", "--json", stdout=full, stderr=full)
            self.assertEqual(process.wait(30), 2)


class Signals(XppkgCase):
    def caught_and_ignored(self, *signals):
        """The signals that `xppkg start` catches, and that the program it runs ignores."""
        folder = self.install(OLD, name="app%d" % len(os.listdir(self.path())))
        process = start("xppkg", "-C", folder, "start", "--", "sh", "-c",
                        "cat /proc/$PPID/status; echo; cat /proc/self/status",
                        preexec_fn=ignore(*signals))
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        ours, childs = out.split("\n\n")
        mask = lambda text, name: int(text.split(name + ":\t")[1].split("\n")[0], 16)
        return mask(ours, "SigCgt"), mask(childs, "SigIgn")

    def test_ignored_signals_stay_ignored_also_for_the_program_that_is_started(self):
        caught, ignored = self.caught_and_ignored(signal.SIGHUP, signal.SIGINT)
        for number in (signal.SIGHUP, signal.SIGINT):
            self.assertEqual(caught >> (number - 1) & 1, 0, number)
            self.assertEqual(ignored >> (number - 1) & 1, 1, number)

    def test_signals_that_we_ignore_ourselves_are_usual_for_the_program_that_is_started(self):
        _, ignored = self.caught_and_ignored()
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
            self.assertEqual(ignored >> (number - 1) & 1, 0, number)

    def test_a_started_program_outlives_the_terminal_under_nohup(self):
        folder = self.install(OLD)
        process = start("xppkg", "-C", folder, "start", "--", "sh", "-c", "echo on; read x; exit 7",
                        stdin=subprocess.PIPE, preexec_fn=ignore(signal.SIGHUP))
        self.assertEqual(process.stdout.readline(), "on\n")
        process.send_signal(signal.SIGHUP)
        process.communicate("go\n", timeout=60)
        self.assertEqual(process.returncode, 7)

    def test_the_end_of_a_program_is_seen_where_the_ends_of_children_were_ignored(self):
        folder = self.install(OLD)
        process = start("xppkg", "-C", folder, "start", "--", "sh", "-c", "exit 7",
                        preexec_fn=ignore(signal.SIGCHLD))
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 7)

    def test_a_run_can_be_ended_where_signals_were_blocked(self):
        folder = self.install(OLD)
        process = start("xppkg", "-C", folder, "start", "--", "sh", "-c", "echo on; exec sleep 60",
                        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK,
                                                                  [signal.SIGTERM]))
        self.assertEqual(process.stdout.readline(), "on\n")
        process.terminate()
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)

    @unittest.skipUnless(can_trace(), "strace cannot be used here")
    def test_a_signal_in_the_moment_in_which_the_program_begins_reaches_it(self):
        folder = self.install(OLD)
        calls = "clone,clone3,vfork"
        # Our process learns half a second late that the program runs, which ends it before.
        process = subprocess.Popen(
            ["strace", "-qq", "-o", os.devnull, "-e", f"trace={calls}", "-e",
             f"inject={calls}:delay_exit=500000", program("xppkg"), "-C", folder, "start", "--",
             "sh", "-c", "kill $PPID; exec sleep 20"],
            env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(process.wait(timeout=60), 128 + signal.SIGTERM)


class Limits(XppkgCase):
    def limited(self, kind, most):
        return lambda: resource.setrlimit(kind, (most, most))

    def test_a_limit_on_the_size_of_files_is_an_error_and_no_end(self):
        folder = self.path("app")
        self.init(folder, code=0)
        self.xppkg(folder, "install", OLD, error="io.failed",
                   preexec_fn=self.limited(resource.RLIMIT_FSIZE, 50_000))
        self.xppkg(folder, "install", OLD, code=0)
        self.assert_version(folder, OLD)

    def test_too_few_open_files_are_told_as_that(self):
        folder = self.install(OLD)
        seen = set()
        for most in range(4, 14):
            result = self.xppkg(folder, "apply", "--newest", "--json",
                                preexec_fn=self.limited(resource.RLIMIT_NOFILE, most))
            seen.add(result.error)
            self.assertNotEqual(result.error, "internal", result)
            self.assert_old_or_new(folder)
        self.assertIn("process.limit", seen)

    def test_patches_are_made_and_applied_on_a_small_stack(self):
        program = read("/bin/ls")
        write(self.path("old"), program)
        write(self.path("new"), program[:5000] + b"inserted" + program[5000:])
        small = self.limited(resource.RLIMIT_STACK, 256 * 1024)
        for words in (["diff", self.path("old"), self.path("new"), self.path("p")],
                      ["apply", self.path("old"), self.path("p"), self.path("made")]):
            self.run_program("xppkg-delta", *words, code=0, preexec_fn=small)
        self.assertEqual(read(self.path("made")), read(self.path("new")))

    def test_too_little_memory_is_told_as_that(self):
        write(self.path("old"), noise(1, 30_000_000))
        write(self.path("new"), noise(1, 30_000_000) + b"more")
        for megabytes in (60, 90, 120):
            self.run_program("xppkg-delta", "diff", self.path("old"), self.path("new"),
                             self.path("p"), error="process.limit",
                             preexec_fn=self.limited(resource.RLIMIT_AS, megabytes << 20))
            self.assertFalse(os.path.exists(self.path("p")))

    @unittest.skipUnless(os.geteuid() == 0, "wants root")
    def test_a_program_that_there_is_no_room_for_is_no_mistake_of_the_caller(self):
        folder = self.install(OLD)
        run = subprocess.run(["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups",
                              "prlimit", "--nproc=1", program("xppkg"), "-C", folder, "start", "--",
                              "true"], env=ENVIRONMENT, capture_output=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn(b"[process.limit]", run.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "wants root")
    def test_patches_are_made_where_no_further_thread_may_run(self):
        os.chmod(self.folder, 0o777)
        make_tree(self.path("old"), {"data": noise(1, 20_000_000)})
        make_tree(self.path("new"), {"data": noise(1, 20_000_000) + b"more"})
        words = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "prlimit",
                 "--nproc=1", program("xppkg-delta")]
        for verb in (["diff", "--threads", "4", self.path("old"), self.path("new"), self.path("p")],
                     ["apply", "--threads", "4", self.path("old"), self.path("p"),
                      self.path("again")]):
            run = subprocess.run([*words, *verb], env=ENVIRONMENT, capture_output=True, timeout=120,
                                 check=False)
            self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(read(self.path("again/data")), read(self.path("new/data")))


class Surroundings(XppkgCase):
    def test_a_lost_working_folder_does_not_matter_to_paths_from_the_root(self):
        folder = self.install(OLD)
        os.mkdir(self.path("gone"))
        lost = {"preexec_fn": lambda: (os.chdir(self.path("gone")), os.rmdir(self.path("gone")))}
        self.xppkg(folder, "apply", "--newest", code=0, **lost)
        self.assert_version(folder, NEW)
        os.mkdir(self.path("gone"))
        self.run_program("xppkg", "status", error="io.failed", **lost)

    @unittest.skipUnless(os.geteuid() == 0, "wants root")
    def test_an_update_goes_on_without_proc(self):
        folder = self.install(OLD)
        run = subprocess.run(["unshare", "-m", "sh", "-c",
                              'mount -t tmpfs none /proc && exec "$0" "$@"', program("xppkg"), "-C",
                              folder, "apply", "--newest"], env=ENVIRONMENT, capture_output=True,
                             timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assert_version(folder, NEW)


class Bytes(XppkgCase):
    def latin(self, *parts):
        return os.path.join(os.fsencode(self.folder), b"gr\xf6sse", *map(os.fsencode, parts))

    def test_an_installation_and_its_source_may_lie_in_a_folder_of_an_old_name(self):
        os.mkdir(self.latin())
        shutil.copytree(os.fsencode(self.published()), self.latin("repo"), symlinks=True)
        for source, at in ((b"file:" + self.latin("repo"), None), (b"file:repo", self.latin())):
            folder = self.latin("app" + str(at is None))
            for words in (["init", "--source", source, "--root", self.latin("repo", "root.json"),
                           "--package", PACKAGE], ["install", OLD], ["apply", "--newest"],
                          ["status", "--json"], ["verify", "--full"], ["rollback"]):
                run = subprocess.run([program("xppkg"), "-C", folder, *words], cwd=at, timeout=60,
                                     env=ENVIRONMENT, capture_output=True, check=False)
                self.assertEqual(run.returncode, 0, (words, run))
                if "--json" in words:
                    self.assertIn("gr", json.loads(run.stdout.decode("utf-8"))["folder"])
                self.assertNotIn(b"\xf6", run.stdout + run.stderr)

    def test_a_sign_of_percent_in_a_folders_name_is_no_address(self):
        os.mkdir(self.path("a%20b"))
        shutil.copytree(self.published(), self.path("a%20b", "repo"), symlinks=True)
        folder = self.path("app")
        self.init(folder, "file:repo", code=0, cwd=self.path("a%20b"))
        self.xppkg(folder, "install", OLD, code=0)

    def test_a_programs_name_that_is_cut_in_a_character_is_told_in_every_manner(self):
        folder = self.install(OLD)
        with subprocess.Popen([sys.executable, "-c", HOLDER,
                               os.path.join(folder, ".xppkg/in-use")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as holder:
            self.assertEqual(holder.stdout.readline(), b"held\n")
            for output_options in ([], ["--json"], ["--progress", "json"], ["--progress", "json", "--json"]):
                with self.subTest(output_options):
                    result = self.xppkg(folder, *output_options, "apply", "--newest", "--wait", "1",
                                        error="use.busy")
                    self.assertIn("Buchhaltung123", result.out + result.err)
                    for line in result.err.splitlines() if "json" in output_options else ():
                        if line.startswith("{"):
                            json.loads(line)
            holder.stdin.close()

    def test_notes_that_are_not_utf8_are_named(self):
        write(self.path("notes"), b"gr\xf6sse")
        told = self.add(self.copy_of_published(), "5", make_tree(self.path("tree"), {"f": "1"}),
                        "--notes", self.path("notes"), error="usage.invalid")
        self.assertIn("they are not UTF-8", told.err)

    def test_names_that_are_not_utf8_are_refused_where_they_would_be_stored(self):
        bad = b"sqlite:/x/\xf6.db"
        run = subprocess.run([program("xppkg"), "-C", self.path("app"), "init", "--source",
                              f"file:{self.published()}", "--root", "root.json", "--package",
                              PACKAGE, "--database", bad, "--json"], env=ENVIRONMENT, timeout=60,
                             capture_output=True, check=False)
        self.assertEqual(json.loads(run.stdout.decode("utf-8"))["error"]["id"], "usage.invalid")


if __name__ == "__main__":
    unittest.main(verbosity=1)
