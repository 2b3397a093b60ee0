"""Workstations that follow one database: the pilot's answer, starts without the vendor, going back,
signed decisions, holds, and what happens where the database or a right is missing."""

import fcntl
import json
import os
import pty
import shutil
import time
import unittest

import strace
from site_case import BACKEND, IS_SQLITE, MARK, ZEROS, SiteCase
from xppkg_case import (DOCUMENTED, ENVIRONMENT, MIDDLE, NEW, OLD, PASSPHRASE, read, snapshot, start,
                        wait_until, write)

XPPKG = os.environ["XPPKG"]
NOBODY = 65534


class FiveWorkstations(SiteCase):
    def test_site_follows_its_pilot_without_the_vendor_and_goes_back(self):
        pcs = {name: self.workstation(name) for name in "ABCDE"}
        self.xppkg(pcs["A"], "release", code=0)
        others = [pcs[name] for name in "BCDE"]

        # A updates from the vendor and says No: nothing changes for the others.
        self.xppkg(pcs["A"], "apply", "--newest", code=0)
        self.assertEqual(self.gate(pcs["A"])["state"], "pilot")
        self.assertTrue(self.start(pcs["A"], "--no", code=0).ran)
        self.assertFalse(self.gate(pcs["A"])["asks"])
        for folder in others:
            self.assertTrue(self.start(folder, code=0).ran)
            self.assert_version(folder, OLD)

        # A says Yes.
        self.assertTrue(self.start(pcs["A"], "--yes", code=0).ran)
        self.assertEqual(self.gate(pcs["A"])["state"], "ok")

        # The others have no way to the vendor; they arrive all the same.
        self.cut_off_the_vendor()
        self.assertEqual(self.gate(pcs["B"])["state"], "outdated")
        self.assertTrue(self.start(pcs["B"], code=0).ran)
        self.assert_version(pcs["B"], NEW)

        write(os.path.join(pcs["C"], "lib/core.so"), "damaged")
        self.assertTrue(self.start(pcs["C"], code=0).ran)
        self.assert_version(pcs["C"], NEW)

        if os.geteuid() == 0:
            told = self.start(pcs["D"], user=NOBODY, error="rights.denied")
            self.assertFalse(told.ran)
            self.assertIn("--elevate", told.err)
            self.assert_version(pcs["D"], OLD)
            self.assertEqual(self.fleet(pcs["A"])["D"]["version"], OLD)
        self.assertTrue(self.start(pcs["D"], code=0).ran)

        self.kill_in_the_middle(pcs["E"])
        self.assertTrue(self.start(pcs["E"], code=0).ran)

        for folder in pcs.values():
            self.assert_version(folder, NEW)
            self.assertEqual(self.gate(folder)["state"], "ok")
        fleet = self.fleet(pcs["A"])
        self.assertEqual({name: (item["version"], item["current"], item["failed"])
                          for name, item in fleet.items()},
                         {name: (NEW, True, False) for name in "ABCDE"})
        self.xppkg(pcs["A"], "fleet", "wait", "--timeout", "0", code=0)

        # An older release takes them all back, still from the database.
        self.xppkg(pcs["A"], "release", OLD, "--note", "prints wrong totals", code=0)
        for folder in pcs.values():
            self.assertTrue(self.start(folder, code=0).ran)
            self.assert_version(folder, OLD)
        history = self.xppkg(pcs["B"], "--json", "site", "history", code=0).json
        self.assertEqual([(item["counter"], item["version"], item["previous"], item["note"])
                          for item in history],
                         [(3, OLD, NEW, "prints wrong totals"), (2, NEW, OLD, ""), (1, OLD, "", "")])

    def kill_in_the_middle(self, folder):
        if strace.can_trace():
            command = [XPPKG, "-C", folder, "start", "--", *MARK]
            killed = strace.run_with(command, ["rename,renameat,renameat2:signal=KILL:when=9"], env=ENVIRONMENT)
            self.assertIn(killed.returncode, strace.KILLED)


class Gate(SiteCase):
    def test_nothing_decided_is_ok_and_a_first_pilot_is_asked(self):
        folder = self.workstation("A")
        self.undecided()
        self.assertEqual(self.gate(folder)["state"], "ok")
        self.xppkg(folder, "apply", "--to", MIDDLE, code=0)
        found = self.gate(folder)
        self.assertEqual((found["state"], found["asks"]), ("pilot", True))
        self.xppkg(folder, "test", code=0)
        self.assertFalse(self.gate(folder)["asks"])
        self.xppkg(folder, "apply", "--newest", code=0)
        self.assertTrue(self.gate(folder)["asks"])  # Another version, another question.

    def test_pilot_is_asked_again_after_another_decision(self):
        pilot, other = self.workstation("A"), self.workstation("B")
        self.xppkg(other, "release", code=0)
        self.xppkg(pilot, "apply", "--newest", code=0)
        self.xppkg(pilot, "test", code=0)
        self.assertFalse(self.gate(pilot)["asks"])
        self.xppkg(other, "release", "--policy", "recommended", code=0)
        self.assertTrue(self.gate(pilot)["asks"])

    def test_newer_version_that_nobody_chose_here_is_outdated_too(self):
        pilot, other = self.workstation("A"), self.workstation("B", NEW)
        self.xppkg(pilot, "release", code=0)
        found = self.gate(other)
        self.assertEqual((found["state"], found["may_run"]), ("outdated", False))
        self.assertTrue(self.start(other, code=0).ran)
        self.assert_version(other, OLD)

    def test_site_without_a_database_is_ok(self):
        folder = self.install(OLD)
        self.assertEqual(self.gate(folder)["state"], "ok")
        self.assertTrue(self.start(folder, code=0).ran)

    def test_required_release_that_is_refused_ends_with_9_and_a_recommended_one_runs_on(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        refused = self.start(other, "--no", error="policy.outdated")
        self.assertFalse(refused.ran)
        self.xppkg(pilot, "release", "--policy", "recommended", code=0)
        self.assertTrue(self.gate(other)["may_run"])
        self.assertTrue(self.start(other, "--no", code=0).ran)
        self.assert_version(other, OLD)
        self.assertTrue(self.start(other, code=0).ran)
        self.assert_version(other, NEW)

    def test_gate_works_while_another_run_holds_the_folder(self):
        folder = self.workstation("A")
        self.xppkg(folder, "release", code=0)
        with open(os.path.join(folder, ".xppkg/lock"), "r+b") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            self.xppkg(folder, "recover", error="locked.other-run")
            self.assertEqual(self.gate(folder)["state"], "ok")

    def test_texts_are_german_where_they_should_be(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        self.assertIn("Veralteter Softwarestand",
                      self.xppkg(other, "--lang", "de", "gate", code=9).out)


class Unreachable(SiteCase):
    def test_last_known_policy_says_whether_the_program_may_run(self):
        pilot, other = self.workstation("A"), self.workstation("B")
        for policy, may_run in (("required", False), ("recommended", True)):
            self.xppkg(pilot, "release", "--policy", policy, code=0)
            self.assertEqual(self.gate(other)["state"], "ok")
            self.hide_the_database()
            found = self.gate(other)
            self.assertEqual((found["state"], found["may_run"], found["policy"]),
                             ("unreachable", may_run, policy))
            ran = self.start(other, code=0 if may_run else None,
                             error=None if may_run else "database.unreachable").ran
            self.assertEqual(ran, may_run)
            self.bring_the_database_back()

    @unittest.skipUnless(IS_SQLITE, "a server's tables are made by site init")
    def test_database_that_never_answered_keeps_nobody_from_working(self):
        folder = self.workstation("A")
        found = self.gate(folder)
        self.assertEqual((found["state"], found["may_run"]), ("unreachable", True))
        self.assertFalse(os.path.exists(self.path("site.db")))
        self.assertTrue(self.start(folder, code=0).ran)

    @unittest.skipUnless(IS_SQLITE, "is one file")
    def test_database_that_was_set_back_is_refused(self):
        pilot, other = self.workstation("A"), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        shutil.copy(self.path("site.db"), self.path("backup.db"))
        self.xppkg(pilot, "release", "--policy", "recommended", code=0)
        self.assertEqual(self.gate(other)["counter"], 2)
        shutil.copy(self.path("backup.db"), self.path("site.db"))
        self.xppkg(other, "gate", error="decision.older")
        self.xppkg(other, "apply", error="decision.older")
        write(self.path("site.db"), b"")  # All decisions are gone.
        self.xppkg(other, "gate", error="decision.older")


class Release(SiteCase):
    def test_release_again_sends_nothing_twice(self):
        folder = self.workstation("A", NEW)
        first = self.xppkg(folder, "--json", "release", code=0).json
        self.assertGreater(first["uploaded"], 0)
        self.assertEqual(first["uploaded"], first["bytes"])
        again = self.xppkg(folder, "--json", "release", "--policy", "recommended", code=0).json
        self.assertEqual((again["changed"], again["uploaded"]), (True, 0))

    def test_release_that_neither_site_nor_workstation_has_needs_the_vendor(self):
        folder = self.workstation("A")
        self.xppkg(folder, "release", code=0)
        self.cut_off_the_vendor()
        self.xppkg(folder, "release", NEW, error="transport.unreachable")
        self.assertEqual(self.gate(folder)["released"], OLD)
        self.reconnect_the_vendor()
        self.xppkg(folder, "release", NEW, code=0)

    def test_deltas_from_what_is_really_installed_go_up(self):
        pcs = [self.workstation("A", OLD), self.workstation("B", MIDDLE), self.workstation("C", NEW)]
        self.xppkg(pcs[1], "release", code=0)
        for folder in pcs:
            self.xppkg(folder, "start", "--no", "--", "true")
        self.xppkg(pcs[2], "release", code=0)
        self.cut_off_the_vendor()
        for folder in pcs[:2]:
            plan = self.xppkg(folder, "--json", "plan", code=0).json
            self.assertEqual(plan["reason"], "delta-chain")
            self.xppkg(folder, "apply", code=0)
            self.assert_version(folder, NEW)

    def test_damaged_part_in_the_database_is_sent_anew(self):
        folder = self.workstation("A", NEW)
        self.xppkg(folder, "release", code=0)
        self.damage_all_parts()
        again = self.xppkg(folder, "--json", "release", "--policy", "recommended", code=0).json
        self.assertEqual(again["uploaded"], again["bytes"])
        other = self.workstation("B")
        self.cut_off_the_vendor()
        self.xppkg(other, "apply", code=0)
        self.assert_version(other, NEW)

    def test_swapped_payload_is_refused_and_the_old_version_stays(self):
        folder, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(folder, "release", code=0)
        self.damage_all_parts()
        self.cut_off_the_vendor()
        before = snapshot(other)
        self.assertIn(self.xppkg(other, "apply").code, (4, 5))
        self.assertEqual(snapshot(other), before)
        self.reconnect_the_vendor()
        self.xppkg(other, "apply", code=0)  # Another source is good enough.
        self.assert_version(other, NEW)

    def damage_all_parts(self):
        self.sql(f"UPDATE xppkg_part SET bytes = {ZEROS[BACKEND]}")

    def test_metadata_newer_than_the_pilots_does_not_keep_a_workstation_from_following(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        tree = self.path("tree")
        os.mkdir(tree)
        write(os.path.join(tree, "file"), "newer")
        self.add(self.repo, "9.0", tree, code=0)
        self.xppkg(other, "check", code=100)
        self.cut_off_the_vendor()
        self.xppkg(other, "apply", code=0)
        self.assert_version(other, NEW)

    def test_payload_of_old_decisions_goes_when_newer_ones_come(self):
        folder = self.workstation("A", OLD)
        for version in (OLD, MIDDLE, NEW, MIDDLE, NEW, MIDDLE):
            self.xppkg(folder, "release", version, code=0)
        self.sql("UPDATE xppkg_content SET added_at = '2020-01-01T00:00:00Z'")
        self.xppkg(folder, "release", NEW, code=0)
        counters = self.sql("SELECT DISTINCT counter FROM xppkg_file ORDER BY 1").split()
        self.assertEqual(counters, ["5", "6", "7"])
        self.cut_off_the_vendor()
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_hold_does_not_cost_a_way_back(self):
        folder = self.workstation("A", OLD)
        for version in (OLD, MIDDLE, NEW):
            self.xppkg(folder, "release", version, code=0)
        for _ in range(2):
            self.xppkg(folder, "hold", code=0)
            self.xppkg(folder, "unhold", code=0)
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)
        self.cut_off_the_vendor()
        self.xppkg(folder, "release", OLD, code=0)
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, OLD)

    def test_two_pilots_that_release_at_once_one_wins_and_the_other_is_told(self):
        pilots = [self.workstation("A", MIDDLE), self.workstation("B", NEW)]
        self.xppkg(pilots[0], "release", OLD, code=0)
        runs = [start("xppkg", "-C", folder, "--json", "release") for folder in pilots]
        codes = sorted((run.communicate()[0], run.returncode)[1] for run in runs)
        self.assertIn(codes, ([0, 0], [0, DOCUMENTED["locked.other-run"]]))
        history = self.xppkg(pilots[0], "--json", "site", "history", code=0).json
        self.assertEqual([item["counter"] for item in history],
                         list(range(len(history), 0, -1)))
        self.assertEqual(len(history), 1 + codes.count(0))

    def test_held_release_is_followed_by_nobody_until_it_is_let_go(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        self.xppkg(pilot, "hold", "--note", "wait for Monday", code=0)
        found = self.gate(other)
        self.assertEqual((found["state"], found["may_run"], found["held"], found["note"]),
                         ("held", True, True, "wait for Monday"))
        self.xppkg(other, "apply", error="policy.held")
        self.assertTrue(self.start(other, code=0).ran)
        self.assert_version(other, OLD)
        self.assertEqual(self.gate(pilot)["state"], "ok")
        self.xppkg(pilot, "unhold", code=0)
        self.assertTrue(self.start(other, code=0).ran)
        self.assert_version(other, NEW)


class WaysBack(SiteCase):
    """Invalid rows in the database do not keep the site from going on."""

    def test_counter_that_is_too_large_does_not_count_and_stops_no_installation(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        for counter in (2**52 + 1, 2**53, 2**63 - 1):
            self.sql(f"UPDATE xppkg_decision SET counter = {counter}")
            self.assertEqual(self.gate(other)["counter"], 0)
            self.assertFalse(self.xppkg(other, "--json", "apply", code=0).json["changed"])
            self.xppkg(other, "verify", code=0)
        self.sql("UPDATE xppkg_decision SET counter = 1")
        self.assertEqual(self.gate(other)["state"], "outdated")

    def test_release_goes_on_after_the_newest_decision_that_was_seen(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        self.sql("UPDATE xppkg_decision SET counter = 900")
        self.assertEqual(self.gate(other)["counter"], 900)
        self.assertEqual(self.gate(pilot)["counter"], 900)
        self.sql("UPDATE xppkg_decision SET counter = 1")  # As a backup has it.
        self.xppkg(other, "gate", error="decision.older")
        self.assertEqual(self.status(other)["database_state"], "refused")
        released = self.xppkg(pilot, "--json", "release", "--policy", "recommended", code=0).json
        self.assertEqual(released["counter"], 901)
        self.xppkg(other, "apply", code=0)
        self.assert_version(other, NEW)

    def test_unsigned_row_does_not_lock_out_who_has_the_key(self):
        folder = self.workstation("A", NEW)
        key, env = self.path("site.key"), {"XPPKG_PASSPHRASE": PASSPHRASE}
        self.run_program("xppkg", "site", "key", "new", key, env=env, code=0)
        self.xppkg(folder, "release", code=0)
        self.xppkg(folder, "site", "key", "trust", key + ".pub", code=0)
        self.xppkg(folder, "gate", error="decision.signature")
        self.xppkg(folder, "release", "--site-key", key, env=env, code=0)
        self.assertEqual(self.gate(folder)["state"], "ok")

    def test_files_that_are_gone_come_back_with_the_same_release(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        self.sql("DELETE FROM xppkg_part")
        again = self.xppkg(pilot, "--json", "release", code=0).json
        self.assertFalse(again["changed"])
        self.assertGreater(again["uploaded"], 0)
        self.cut_off_the_vendor()
        self.xppkg(other, "apply", code=0)
        self.assert_version(other, NEW)

    def test_hold_needs_no_files(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        self.sql("DELETE FROM xppkg_part")
        self.sql("DELETE FROM xppkg_content")
        self.xppkg(pilot, "hold", code=0)
        self.assertEqual(self.gate(other)["state"], "held")
        self.xppkg(pilot, "apply", code=0)
        self.xppkg(pilot, "unhold", code=0)
        self.cut_off_the_vendor()
        self.xppkg(other, "apply", code=0)
        self.assert_version(other, NEW)

    def test_yes_under_a_hold_is_refused(self):
        pilot, other = self.workstation("A"), self.workstation("B")
        self.xppkg(other, "release", code=0)
        self.xppkg(pilot, "apply", "--newest", code=0)
        self.xppkg(other, "hold", "--note", "nobody releases now", code=0)
        self.assertFalse(self.start(pilot, "--yes", error="policy.held").ran)
        self.assertEqual(self.gate(other)["released"], OLD)

    @unittest.skipIf(os.geteuid(), "needs an account that may not write")
    def test_pilot_who_may_not_write_follows_when_his_release_is_taken_back(self):
        if not IS_SQLITE:
            self.skipTest("the rights of a file")
        pilot, other = self.workstation("A"), self.workstation("B")
        self.xppkg(other, "release", code=0)
        self.xppkg(pilot, "apply", "--newest", code=0)
        os.chmod(self.folder, 0o1777)
        os.chmod(self.path("site.db"), 0o666)
        self.assertTrue(self.start(pilot, "--yes", user=NOBODY, code=0).ran)
        self.assertEqual(self.gate(pilot)["state"], "ok")
        time.sleep(1.1)  # Times are told in seconds.
        self.xppkg(other, "release", OLD, code=0)
        self.assertEqual(self.gate(pilot)["state"], "outdated")

    def test_decision_that_was_made_while_somebody_was_asked_is_not_overruled(self):
        pilot, other = self.workstation("A"), self.workstation("B")
        self.xppkg(other, "release", code=0)
        self.xppkg(pilot, "apply", "--newest", code=0)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(XPPKG, ["xppkg", "-C", pilot, "--progress=none", "start", "--", "true"],
                      {**ENVIRONMENT, "TERM": "xterm"})
        shown = ""

        def asked():
            nonlocal shown
            shown += os.read(terminal, 4096).decode()
            return "[y/n]" in shown
        wait_until(asked)
        self.xppkg(other, "release", "--policy", "recommended", "--note", "stay", code=0)
        os.write(terminal, b"y\n")
        try:
            while some := os.read(terminal, 4096):
                shown += some.decode()
        except OSError:
            pass  # The terminal's last user has gone.
        os.waitpid(pid, 0)
        self.assertIn("locked.other-run", shown)
        self.assertEqual(self.gate(other)["released"], OLD)


class SignedDecisions(SiteCase):
    def setUp(self):
        super().setUp()
        self.key = self.path("site.key")
        self.env = {"XPPKG_PASSPHRASE": PASSPHRASE}
        self.run_program("xppkg", "site", "key", "new", self.key, env=self.env, code=0)

    def test_decision_without_the_sites_signature_is_not_followed(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(other, "site", "key", "trust", self.key + ".pub", code=0)
        self.xppkg(pilot, "release", code=0)
        self.xppkg(other, "gate", error="decision.signature")
        self.xppkg(other, "apply", error="decision.signature")
        started = self.start(other, code=0)  # As nothing that counts was ever required.
        self.assertTrue(started.ran)
        self.assertIn("decision.signature", started.err)
        self.assert_version(other, OLD)
        self.xppkg(pilot, "release", "--policy", "recommended", "--site-key", self.key,
                   "--note", "signed\twith a tab", env=self.env, code=0)
        self.assertEqual(self.gate(other)["state"], "outdated")
        self.assertTrue(self.start(other, code=0).ran)
        self.assert_version(other, NEW)

    def test_any_change_of_a_signed_row_is_noticed(self):
        folder = self.workstation("A", NEW)
        self.xppkg(folder, "site", "key", "trust", self.key + ".pub", code=0)
        self.xppkg(folder, "release", "--site-key", self.key, env=self.env, code=0)
        self.assertEqual(self.gate(folder)["state"], "ok")
        columns = ("package, counter, version, tree, decided_at, decided_by, workstation, previous,"
                   " policy, note, held, signature")
        self.sql("CREATE TABLE saved AS SELECT * FROM xppkg_decision")
        for change in (f"version = '{OLD}'", "counter = 2", "policy = 'recommended'", "held = 1",
                       "note = 'x'", "decided_by = 'x'", "workstation = 'x'", "previous = '1'",
                       "decided_at = '2026-01-01T00:00:00Z'", "tree = replace(tree, 'a', 'b')",
                       "signature = replace(signature, '0', '1')", "signature = ''"):
            self.sql(f"UPDATE xppkg_decision SET {change}")
            self.xppkg(folder, "gate", error="decision.signature")
            self.sql("DELETE FROM xppkg_decision")
            self.sql(f"INSERT INTO xppkg_decision ({columns}) SELECT {columns} FROM saved")
        self.assertEqual(self.gate(folder)["state"], "ok")

    def test_decision_of_another_package_with_the_same_key_is_refused(self):
        folder = self.workstation("A", NEW)
        self.xppkg(folder, "site", "key", "trust", self.key + ".pub", code=0)
        self.xppkg(folder, "release", "--site-key", self.key, env=self.env, code=0)
        self.sql("UPDATE xppkg_decision SET package = 'other'")
        config = os.path.join(folder, ".xppkg/config.json")
        before = json.loads(read(config))
        write(config, json.dumps({**before, "package": "other"}))
        self.xppkg(folder, "gate", error="decision.signature")

    def test_who_releases_without_the_key_that_he_trusts_is_stopped_before_anything_goes_up(self):
        folder = self.workstation("A", NEW)
        self.xppkg(folder, "site", "key", "trust", self.key + ".pub", code=0)
        self.xppkg(folder, "release", error="decision.signature")
        self.assertEqual(self.xppkg(folder, "--json", "site", "history", code=0).json, [])

    def test_wrong_passphrase_and_a_file_that_is_no_key_are_told(self):
        folder = self.workstation("A", NEW)
        self.xppkg(folder, "release", "--site-key", self.key, env={"XPPKG_PASSPHRASE": "wrong"},
                   error="usage.passphrase")
        self.xppkg(folder, "site", "key", "trust", self.path("repo/root.json"), error="trust.key")


class Restart(SiteCase):
    def test_program_that_asks_for_it_is_started_again_after_the_update(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(other, "release", code=0)
        script = self.path("program")
        write(script, f"""
n=$(cat {self.path('count')} 2>/dev/null || echo 0); n=$((n + 1)); echo $n > {self.path('count')}
[ $n -gt 1 ] && exit 7
{XPPKG} -C {pilot} release >&2 && {XPPKG} restart >&2
""")
        run = self.run_program("xppkg", "-C", other, "start", "--", "sh", script, code=7)
        self.assertEqual(read(self.path("count")), b"2\n", run)
        self.assert_version(other, NEW)

    def test_restart_outside_of_a_start_is_told(self):
        self.run_program("xppkg", "restart", error="usage.invalid")


if __name__ == "__main__":
    unittest.main(verbosity=1)
