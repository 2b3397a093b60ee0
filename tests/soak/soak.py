"""A site that is used for long: releases, updates, ways back, damage and kills in random order. After
each round every workstation is brought to what was released, and must be exactly that; what xppkg
keeps for itself must not grow without end.

soak.py MINUTES [SEED]   (tools/soak.sh)
"""

import os
import random
import sys
import time
import unittest

from site_case import MARK, SiteCase
from xppkg_case import VERSIONS, kill, release_snapshot, snapshot, start

WORKSTATIONS = 5
WARM_UP = 12  # rounds after which nothing may grow any more
GROWTH = 1.5  # in parts of the largest size while warming up

MINUTES = float(sys.argv.pop(1)) if len(sys.argv) > 1 else 1.0
SEED = int(sys.argv.pop(1)) if len(sys.argv) > 1 else int(time.time())


def bytes_kept(folder):
    """Without files that were changed here and moved aside: they are the user's, and stay until he
    removes them."""
    state = os.path.join(folder, ".xppkg")
    return sum(os.lstat(os.path.join(place, name)).st_size
               for place, _, files in os.walk(state) for name in files
               if not os.path.relpath(place, state).startswith("displaced"))


class Soak(SiteCase):
    def setUp(self):
        super().setUp()
        print(f"soak: {MINUTES:g} minutes, seed {SEED}", flush=True)
        self.random = random.Random(SEED)
        self.kills = 0
        self.pilot = self.workstation("pilot")
        self.folders = [self.workstation(f"pc-{number}") for number in range(WORKSTATIONS)]
        self.xppkg(self.pilot, "release", code=0)

    def test_a_long_used_site_stays_whole_and_does_not_grow(self):
        end = time.monotonic() + 60 * MINUTES
        sizes, rounds = [], 0
        while time.monotonic() < end or rounds < 2 * WARM_UP:
            rounds += 1
            released = self.release_something()
            for folder in self.folders:
                self.random.choice([self.damage, self.go_back, self.kill_an_update,
                                    self.start_a_program])(folder)
            self.settle(released)
            sizes.append(self.kept())
            if rounds > WARM_UP:
                self.assertLess(sizes[-1], GROWTH * max(sizes[:WARM_UP]), f"round {rounds}")
        print(f"soak: {rounds} rounds with {self.kills} kills; {len(self.folders)} workstations "
              f"whole after each; xppkg keeps {sizes[-1] / 1e6:.1f} MB")

    def release_something(self):
        version = self.random.choice(VERSIONS)
        self.killed_or_done(start("xppkg", "-C", self.pilot, "release", version))
        self.xppkg(self.pilot, "release", version, code=0)
        return version

    def damage(self, folder):
        path = os.path.join(folder, "lib/core.so")
        with open(path, "r+b") as file:
            file.seek(self.random.randrange(os.path.getsize(path)))
            file.write(b"damage")

    def go_back(self, folder):
        self.xppkg(folder, "rollback")  # There may be nothing to go back to.

    def kill_an_update(self, folder):
        self.killed_or_done(start("xppkg", "-C", folder, "apply"))

    def start_a_program(self, folder):
        self.killed_or_done(start("xppkg", "-C", folder, "start", "--", *MARK))

    def killed_or_done(self, run):
        if self.random.random() < 0.6:
            time.sleep(self.random.random() * 0.3)
            if run.poll() is None:
                kill(run)
                self.kills += 1
                return
        run.communicate()

    def settle(self, released):
        for folder in self.folders:
            self.xppkg(folder, "apply", "--retry", code=0)
            self.xppkg(folder, "repair", code=0)
            self.xppkg(folder, "verify", "--full", code=0)
            self.assertEqual(self.installed(folder), released)
            self.assertEqual(snapshot(folder), release_snapshot(released))

    def kept(self):
        return sum(bytes_kept(folder) for folder in self.folders)


if __name__ == "__main__":
    unittest.main(verbosity=1)
