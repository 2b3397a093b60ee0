"""A user who can only write rows into a site's database neither chooses for it nor stops it: what
nobody of the site signed is not copied, signed or answered, and no counter can be used up."""

import subprocess
import time
import unittest

from site_case import IS_SQLITE, SiteCase
from xppkg_case import MIDDLE, NEW, OLD, PASSPHRASE

COLUMNS = ("package", "counter", "version", "tree", "decided_at", "decided_by", "workstation",
           "previous", "policy", "note", "held", "signature")


class VerifiedCase(SiteCase):
    def setUp(self):
        super().setUp()
        self.key, self.env = self.path("site.key"), {"XPPKG_PASSPHRASE": PASSPHRASE}
        self.run_program("xppkg", "site", "key", "new", self.key, env=self.env, code=0)

    def trusting(self, name, version=OLD):
        folder = self.workstation(name, version)
        self.xppkg(folder, "site", "key", "trust", self.key + ".pub", code=0)
        return folder

    def signed(self, folder, *words, **options):
        return self.xppkg(folder, "--json", *words, "--site-key", self.key, env=self.env, **options)

    def forge(self, of=1, **changes):
        """Adds a row like another one."""
        values = [changes.get(name, name) for name in COLUMNS]
        self.sql(f"INSERT INTO xppkg_decision ({', '.join(COLUMNS)})"
                 f" SELECT {', '.join(map(str, values))} FROM xppkg_decision WHERE counter = {of}")

    def history(self, folder):
        return self.xppkg(folder, "--json", "site", "history", code=0).json


class SignedSite(VerifiedCase):
    def test_hold_and_unhold_sign_the_newest_signed_decision_and_nothing_of_a_forged_one(self):
        pilot, other = self.trusting("A", NEW), self.trusting("B", NEW)
        self.signed(pilot, "release", code=0)
        self.forge(counter=2, version=f"'{OLD}'", signature="''")
        held = self.signed(pilot, "hold", code=0).json
        self.assertEqual((held["counter"], held["version"], held["held"], held["changed"]),
                         (3, NEW, True, True))
        self.assertEqual(self.gate(other)["released"], NEW)
        self.signed(pilot, "unhold", code=0)
        self.xppkg(other, "apply", code=0)
        self.assert_version(other, NEW)

    def test_what_is_signed_is_named_to_people_and_programs(self):
        folder = self.trusting("A", NEW)
        found = self.signed(folder, "release", "--policy", "recommended", code=0).json
        site = self.xppkg(folder, "--json", "site", "check", code=0).json["site"]
        self.assertEqual((found["counter"], found["version"], found["policy"], found["held"]),
                         (1, NEW, "recommended", False))
        self.assertEqual(found["site"], site)
        told = self.xppkg(folder, "hold", "--site-key", self.key, env=self.env, code=0).err
        for part in ("decision 2", NEW, site, found["key"]):
            self.assertIn(part, told)

    def test_release_under_a_forged_row_makes_a_decision_that_is_followed(self):
        pilot, other = self.trusting("A", NEW), self.trusting("B")
        self.signed(pilot, "release", code=0)
        for signature in ("''", "'x:00'", "signature"):
            self.forge(counter="(SELECT max(o.counter) + 1 FROM xppkg_decision o)",
                       signature=signature)
        released = self.signed(pilot, "release", code=0).json
        self.assertEqual((released["counter"], released["changed"]), (5, True))
        self.xppkg(other, "apply", code=0)
        self.assert_version(other, NEW)
        self.assertFalse(self.signed(pilot, "release", code=0).json["changed"])

    def test_yes_signs_nothing_of_a_forged_row(self):
        pilot, other = self.trusting("A"), self.trusting("B")
        self.signed(other, "release", code=0)
        self.xppkg(pilot, "apply", "--newest", code=0)
        self.forge(counter=2, policy="'recommended'", note="'forged'", signature="'x:00'")
        started = self.start(pilot, "--yes", "--site-key", self.key, env=self.env, code=0)
        self.assertTrue(started.ran)
        found = self.gate(other)
        self.assertEqual((found["released"], found["policy"], found["counter"]),
                         (NEW, "required", 3))

    def test_forged_rows_of_any_kind_stop_nobody(self):
        pilot, other = self.trusting("A", NEW), self.trusting("B")
        self.signed(pilot, "release", code=0)
        forged = (dict(counter=2), dict(counter=3, held=1), dict(counter=4, policy="'perhaps'"),
                  dict(counter=5, tree="'none'"), dict(counter=2**52), dict(counter=99_000))
        for changes in forged:
            self.forge(**changes)
        self.assertEqual(self.gate(other)["counter"], 1)
        self.assertEqual(self.xppkg(other, "--json", "fleet", code=0).json["released"], NEW)
        self.assertTrue(self.start(other, code=0).ran)
        self.assert_version(other, NEW)
        self.signed(pilot, "release", OLD, code=0)
        self.assertEqual(self.gate(other)["released"], OLD)

    def test_decision_of_another_site_with_the_same_key_does_not_count(self):
        folder, other = self.trusting("A", NEW), self.trusting("B", NEW)
        self.signed(folder, "release", code=0)
        site = self.xppkg(folder, "--json", "site", "check", code=0).json["site"]
        self.assertEqual(self.gate(other)["state"], "ok")
        # As another site would sign it: under an id of its own.
        self.sql(f"UPDATE xppkg_site SET id = '{'a' * 32}'")
        self.signed(folder, "release", OLD, error="decision.other-site")
        self.xppkg(folder, "site", "key", "trust", self.key + ".pub", "--site", "a" * 32, code=0)
        self.assertEqual(self.signed(folder, "release", OLD, code=0).json["counter"], 2)
        # A workstation with a pinned site follows that site's decisions, whatever the database
        # claims to be.
        for id in ("a" * 32, site):
            self.sql(f"UPDATE xppkg_site SET id = '{id}'")
            self.assertEqual(self.gate(other)["released"], NEW)
        self.sql("DELETE FROM xppkg_decision WHERE counter = 1")
        self.xppkg(other, "gate", error="decision.signature")
        self.sql(f"UPDATE xppkg_site SET id = '{'a' * 32}'")
        self.xppkg(other, "gate", error="decision.other-site")
        self.assertEqual(self.status(other)["database_state"], "refused")

    def test_site_is_pinned_with_the_first_decision_that_is_followed(self):
        folder = self.trusting("A", NEW)
        other = self.workstation("B", NEW)
        self.signed(folder, "release", code=0)
        site = self.xppkg(folder, "--json", "site", "check", code=0).json["site"]
        self.sql("UPDATE xppkg_site SET number = 2")  # Nobody knows it when B trusts the key.
        self.xppkg(other, "site", "key", "trust", self.key + ".pub", code=0)
        self.sql("UPDATE xppkg_site SET number = 1")
        self.assertEqual(self.gate(other)["state"], "ok")
        self.assertEqual(self.xppkg(other, "--json", "site", "check", code=0).json["pinned"], site)

    def test_tables_that_are_made_anew_by_who_pinned_the_site_have_its_id(self):
        folder = self.trusting("A", NEW)
        self.signed(folder, "release", code=0)
        site = self.xppkg(folder, "--json", "site", "check", code=0).json["site"]
        for table in ("schema", "decision", "content", "part", "file", "workstation", "site"):
            self.sql(f"DROP TABLE xppkg_{table}")
        self.xppkg(folder, "site", "init", code=0)
        self.assertEqual(self.sql("SELECT id FROM xppkg_site").split(), [site])
        self.assertEqual(self.signed(folder, "release", code=0).json["counter"], 2)

    def test_decision_that_others_do_not_follow_any_more_is_given_a_higher_counter(self):
        folder, other = self.trusting("A", NEW), self.trusting("B", NEW)
        self.signed(other, "release", code=0)
        self.signed(other, "release", "--policy", "recommended", code=0)
        self.assertEqual(self.gate(other)["counter"], 2)
        self.sql("DELETE FROM xppkg_decision")  # As before both.
        self.signed(folder, "release", code=0)
        self.xppkg(other, "gate", error="decision.older")
        self.signed(folder, "release", "--after", "200000", error="usage.invalid")
        self.assertEqual(self.signed(folder, "release", "--after", "2", code=0).json["counter"], 3)
        self.assertEqual(self.gate(other)["state"], "ok")

    def test_history_tells_what_does_not_count_and_hides_nothing_that_does(self):
        folder = self.trusting("A", NEW)
        self.signed(folder, "release", code=0)
        for counter in range(2, 105):
            self.forge(counter=counter)
        found = self.history(folder)
        self.assertEqual([item["counter"] for item in found if item["valid"]], [1])
        self.assertEqual(found[0]["counter"], 104)

    def test_forged_rows_prune_nothing_that_counts(self):
        folder = self.trusting("A", NEW)
        for version in (OLD, MIDDLE, NEW):
            self.signed(folder, "release", version, code=0)
        for counter in range(4, 8):
            self.forge(counter=counter, tree=f"'{str(counter) * 64}'")
        self.signed(folder, "release", MIDDLE, code=0)
        counters = self.sql("SELECT DISTINCT counter FROM xppkg_file ORDER BY 1").split()
        self.assertEqual(counters, ["2", "3", "8"])

    def test_counter_from_before_keys_were_trusted_stops_nobody(self):
        folder, other = self.workstation("A", NEW), self.workstation("B", NEW)
        self.xppkg(folder, "release", code=0)
        self.forge(counter=90_000)
        self.assertEqual(self.gate(other)["counter"], 90_000)
        self.sql("DELETE FROM xppkg_decision WHERE counter = 90000")
        for each in (folder, other):
            self.xppkg(each, "site", "key", "trust", self.key + ".pub", code=0)
        self.assertEqual(self.signed(folder, "release", code=0).json["counter"], 2)
        self.assertEqual(self.gate(other)["state"], "ok")


class UnsignedSite(VerifiedCase):
    def test_row_with_a_huge_counter_is_believed_by_nobody_and_uses_nothing_up(self):
        folder, other = self.workstation("A"), self.workstation("B")
        self.xppkg(folder, "release", code=0)
        for counter in (2**52, 2**52 - 1, 2**40, 200_000):
            self.forge(counter=counter, version=f"'{NEW}'")
        for each in (folder, other):
            self.assertEqual((self.gate(each)["state"], self.gate(each)["counter"]), ("ok", 1))
        self.assertEqual(self.xppkg(folder, "--json", "release", MIDDLE, code=0).json["counter"], 2)
        self.assertTrue(self.start(other, code=0).ran)
        self.assert_version(other, MIDDLE)

    def test_counter_that_others_have_seen_is_left_behind_by_the_next_release(self):
        folder, other = self.workstation("A"), self.workstation("B")
        self.xppkg(folder, "release", code=0)
        self.forge(counter=90_000)
        self.assertEqual(self.gate(other)["counter"], 90_000)
        self.sql("DELETE FROM xppkg_decision WHERE counter = 90000")  # The owner, who saw it.
        self.xppkg(other, "gate", error="decision.older")
        time.sleep(1.1)  # Times are told in seconds.
        self.assertEqual(self.xppkg(folder, "--json", "release", MIDDLE, code=0).json["counter"], 2)
        self.assertTrue(self.start(other, code=0).ran)
        self.assert_version(other, MIDDLE)

    def test_release_goes_over_a_row_of_nonsense(self):
        folder, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(folder, "release", code=0)
        self.forge(counter=2, policy="'perhaps'")
        self.assertEqual(self.gate(other)["state"], "unreachable")
        self.assertEqual(self.xppkg(folder, "--json", "release", code=0).json["counter"], 3)
        self.assertEqual(self.gate(other)["released"], NEW)


class Reports(VerifiedCase):
    @unittest.skipUnless(IS_SQLITE, "the lock of a file")
    def test_no_start_waits_for_its_report(self):
        folder = self.workstation("A", NEW)
        self.xppkg(folder, "release", code=0)
        writer = subprocess.Popen(["sqlite3", self.path("site.db")], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, encoding="utf-8")
        try:
            writer.stdin.write("BEGIN IMMEDIATE; SELECT 'locked';\n")
            writer.stdin.flush()
            self.assertEqual(writer.stdout.readline(), "locked\n")
            for words in (["start", "--", "true"], ["apply"]):
                before = time.monotonic()
                self.xppkg(folder, *words, code=0)
                self.assertLess(time.monotonic() - before, 8, words)
        finally:
            writer.stdin.close()
            writer.wait()
            writer.stdout.close()


if __name__ == "__main__":
    unittest.main(verbosity=1)
