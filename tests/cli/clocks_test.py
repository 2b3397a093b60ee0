"""A site whose clocks disagree by hours: `faketime` stands for each workstation's own."""

import glob
import os
import unittest

from site_case import SiteCase
from xppkg_case import NEW, OLD

FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]


def clock(hours):
    return {"LD_PRELOAD": FAKETIME, "FAKETIME": f"{hours:+d}h"}


class Clocks(SiteCase):
    def assert_fleet(self, folder, version, env):
        items = self.xppkg(folder, "--json", "fleet", env=env, code=0).json["workstations"]
        self.assertEqual([(item["workstation"], item["version"], item["current"],
                           item["failed"], item["silent"]) for item in items],
                         [(name, version, True, False, False) for name in "AB"])
        self.xppkg(folder, "fleet", "wait", "--timeout", 10, env=env, code=0)

    def site_follows(self, pilots, others):
        """The pilot's clock is so many hours ahead of the vendor's and the server's, as is the other
        workstation's."""
        a, b = self.workstation("A"), self.workstation("B")
        pilot, other = {"env": clock(pilots)}, {"env": clock(others)}
        self.xppkg(a, "release", code=0, **pilot)
        self.assertEqual(self.gate(b, **other)["state"], "ok")
        self.xppkg(a, "apply", "--newest", code=0, **pilot)
        self.assertEqual(self.gate(a, **pilot)["state"], "pilot")
        self.assertTrue(self.start(a, "--yes", code=0, **pilot).ran)
        self.cut_off_the_vendor()
        self.assertEqual(self.gate(b, **other)["state"], "outdated")
        self.assertTrue(self.start(b, code=0, **other).ran)
        self.assert_version(b, NEW)
        for folder, its in ((a, pilot), (b, other)):
            self.assertEqual(self.gate(folder, **its)["state"], "ok")
            self.assert_fleet(folder, NEW, **its)

        # The other one takes the site back.
        self.reconnect_the_vendor()
        self.xppkg(b, "release", OLD, code=0, **other)
        self.cut_off_the_vendor()
        for folder, its in ((a, pilot), (b, other)):
            self.assertTrue(self.start(folder, code=0, **its).ran)
            self.assert_version(folder, OLD)
        self.assert_fleet(a, OLD, **pilot)

        # The clocks are set right.
        for folder in (a, b):
            self.assertTrue(self.start(folder, code=0).ran)
            self.xppkg(folder, "verify", code=0)
        self.assert_fleet(b, OLD, env=None)

    def test_site_follows_a_pilot_whose_clock_is_ahead(self):
        self.site_follows(pilots=5, others=-5)

    def test_site_follows_a_pilot_whose_clock_is_behind(self):
        self.site_follows(pilots=-5, others=5)


if __name__ == "__main__":
    unittest.main(verbosity=1)
