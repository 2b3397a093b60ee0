"""`xppkg-release withdraw` and `prune` killed at many moments: the published repository is the old one
or the new one, and running it again finishes."""

import os
import random
import shutil
import time
import unittest

from manage_releases_case import PruneCase
from xppkg_case import PASSPHRASE, kill, read, snapshot, start, write


class Killed(PruneCase):
    TRIES = 6
    VERBS = {"withdraw": (["withdraw", "5"], "4"), "prune": (["prune", "--keep", "2"], "5")}

    def words(self, repo, verb):
        name, *rest = self.VERBS[verb][0]
        return [name, repo, "--package", "app", *rest]

    def clone(self, repo, name="killed"):
        clone = self.path(name)
        for end in ("", ".keys"):
            shutil.rmtree(clone + end, ignore_errors=True)
            shutil.copytree(repo + end, clone + end)
        return clone

    def assert_whole(self, repo, version):
        self.release_tool("verify", repo, code=0)
        self.assert_serves(repo, version)

    def finish(self, repo, verb, want):
        """Runs it again, which may have nothing left to do."""
        again = self.release_tool("--json", *self.words(repo, verb))
        self.assertIn(again.error, ("", "notfound.version"), again)
        self.assert_whole(repo, self.VERBS[verb][1])
        self.assertEqual(self.targets(repo), want)

    def targets(self, repo):
        """Names in targets without their hashes: a signature is made anew, a manifest is not."""
        return sorted(snapshot(os.path.join(repo, "targets")))

    def done(self, repo, verb):
        done = self.clone(repo, "done")
        begin = time.monotonic()
        self.release_tool(*self.words(done, verb), code=0)
        return done, time.monotonic() - begin

    def test_killed_at_any_moment_the_repository_is_old_or_new_and_again_finishes(self):
        pristine = self.repository(5)
        for verb, (_, newest) in self.VERBS.items():
            done, seconds = self.done(pristine, verb)
            states = self.show(pristine), self.show(done)
            moments = random.Random(verb)
            for number in range(self.TRIES):
                with self.subTest(verb=verb, number=number):
                    repo = self.clone(pristine)
                    process = start("xppkg-release", *self.words(repo, verb),
                                    env={"XPPKG_PASSPHRASE": PASSPHRASE})
                    time.sleep(seconds * (number + moments.random()) / self.TRIES)
                    kill(process)
                    found = self.show(repo)
                    self.assertIn(found, states)
                    self.assert_whole(repo, "5" if found == states[0] else newest)
                    self.finish(repo, verb, self.targets(done))

    def test_killed_before_the_timestamp_the_old_repository_is_whole_and_again_finishes(self):
        pristine = self.repository(5)
        for verb in self.VERBS:
            done, _ = self.done(pristine, verb)
            fresh = sorted(set(os.listdir(done + "/metadata"))
                           - set(os.listdir(pristine + "/metadata")))
            self.assertEqual(len(fresh), 2)
            for count in (1, 2):
                with self.subTest(verb=verb, count=count):
                    repo = self.clone(pristine)
                    for name in fresh[:count]:
                        shutil.copy(f"{done}/metadata/{name}", f"{repo}/metadata/{name}")
                    write(f"{repo}/metadata/timestamp.json.new",
                          read(f"{done}/metadata/timestamp.json"))
                    self.assert_whole(repo, "5")
                    self.finish(repo, verb, self.targets(done))

    def test_while_nothing_can_be_published_no_file_is_removed(self):
        pristine = self.repository(5)
        for verb in self.VERBS:
            with self.subTest(verb=verb):
                repo = self.clone(pristine)
                os.makedirs(f"{repo}/.work/publication.json.new")
                self.release_tool(*self.words(repo, verb), error="io.failed")
                self.assertEqual(self.targets(repo), self.targets(pristine))
                self.assert_whole(repo, "5")
                os.rmdir(f"{repo}/.work/publication.json.new")
                self.finish(repo, verb, self.targets(self.done(pristine, verb)[0]))

    def test_killed_among_the_deletions_the_new_repository_is_whole_and_again_finishes(self):
        pristine = self.repository(5)
        for verb, (_, newest) in self.VERBS.items():
            done, _ = self.done(pristine, verb)
            gone = sorted(set(self.disk_files(pristine)) - set(self.disk_files(done)))
            self.assertGreater(len(gone), 2)
            for count in (len(gone), len(gone) // 2, 1):
                with self.subTest(verb=verb, count=count):
                    repo = self.clone(done)
                    for path in gone[-count:]:
                        os.makedirs(os.path.dirname(f"{repo}/{path}"), exist_ok=True)
                        shutil.copy(f"{pristine}/{path}", f"{repo}/{path}")
                    self.assert_whole(repo, newest)
                    self.finish(repo, verb, self.targets(done))


if __name__ == "__main__":
    unittest.main(verbosity=1)
