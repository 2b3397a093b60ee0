"""`xppkg-release add` killed at many moments: the published repository is the old one or the new
one, and running it again finishes."""

import random
import shutil
import time
import unittest

from publish_case import PublishCase
from xppkg_case import PASSPHRASE, kill, start


class KilledAdd(PublishCase):
    TRIES = 10

    def test_killed_add_leaves_the_repository_old_or_complete_and_finishes_when_run_again(self):
        self.kill_at_many_moments(package="app")

    def test_killed_add_of_a_new_package_leaves_the_repository_old_or_complete(self):
        self.kill_at_many_moments(package="tool")

    def words(self, repo, package):
        return ["add", repo, "--package", package, "--version", "2", "--level", "3", self.tree("2")]

    def kill_at_many_moments(self, package):
        pristine = self.make_repository()
        self.add(pristine, "1", self.tree("1"), code=0)
        before, seconds = self.show(pristine), self.seconds(pristine, package)
        states = set()
        moments = random.Random(1)
        for number in range(self.TRIES):
            repo = self.clone(pristine, "killed")
            process = start("xppkg-release", *self.words(repo, package),
                            env={"XPPKG_PASSPHRASE": PASSPHRASE})
            time.sleep(seconds * (number + moments.random()) / self.TRIES)
            kill(process)
            found = self.show(repo)
            states.add(found == before)
            if found != before:
                self.assert_complete(found, package)
            self.release_tool("verify", repo, code=0)
            self.assert_serves(repo, "1" if found == before or package != "app" else "2")
            self.release_tool(*self.words(repo, package), code=0)
            self.assert_complete(self.show(repo), package)
            self.release_tool("verify", repo, code=0)
            self.assert_serves(repo, "1" if package != "app" else "2")
        self.assertIn(True, states)

    def clone(self, repo, name):
        clone = self.path(name)
        for end in ("", ".keys"):
            shutil.rmtree(clone + end, ignore_errors=True)
            shutil.copytree(repo + end, clone + end)
        return clone

    def seconds(self, pristine, package):
        repo = self.clone(pristine, "timed")
        begin = time.monotonic()
        self.release_tool(*self.words(repo, package), code=0)
        return time.monotonic() - begin

    def assert_complete(self, packages, package):
        versions = {item["package"]: [release["version"] for release in item["releases"]]
                    for item in packages}
        self.assertIn("2", versions[package])


if __name__ == "__main__":
    unittest.main(verbosity=1)
