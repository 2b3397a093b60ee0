"""`xppkg-release refresh`, `policy` and `verify`: metadata lives on, its end is announced, and a
broken history is found."""

import json
import os
import unittest

from key_case import KeyCase
from thief import Mirror
from xppkg_case import read, write


class Refresh(KeyCase):
    def expire(self, repo, *roles):
        """Signs these roles anew with an end that has passed, with the vendor's own keys."""
        names = {"app": "app.package"}
        keys = {role: [self.stolen(repo, names.get(role, role))] for role in roles}

        def end(signed):
            signed["expires"] = "2020-01-01T00:00:00Z"

        mirror = Mirror(repo)
        if "snapshot" in roles:
            mirror.publish({role: end for role in roles if role not in ("snapshot", "timestamp")},
                           keys)
            snapshot, timestamp = mirror.read("snapshot"), mirror.read("timestamp")
            end(snapshot)
            snapshot["version"] += 1
            timestamp["meta"]["snapshot.json"] = mirror.write("snapshot", snapshot,
                                                              *keys["snapshot"])
        else:
            timestamp = mirror.read("timestamp")
        timestamp["version"] += 1
        end(timestamp)
        mirror.write("timestamp", timestamp, *keys["timestamp"])

    def expires(self, repo, role):
        return self.keys_of(repo, role)["expires"]

    def test_refresh_gives_an_expired_timestamp_a_new_life(self):
        repo = self.repository()
        pc = self.pc(repo)
        self.expire(repo, "timestamp")
        self.serve(repo)
        told = self.xppkg(pc, "check", error="trust.expired").err
        self.assertIn("The vendor's signed data expired on 2020-01-01T00:00:00Z (timestamp).", told)
        told = self.release_tool("verify", repo, error="trust.expired").err
        self.assertIn("xppkg-release: The timestamp expired on 2020-01-01T00:00:00Z: run "
                      "xppkg-release refresh.", told)
        told = self.release_tool("--lang", "de", "verify", repo, error="trust.expired").err
        self.assertIn("sind am 2020-01-01T00:00:00Z abgelaufen: Führen Sie xppkg-release refresh aus.",
                      told)
        self.release_tool("refresh", repo, code=0)
        self.release_tool("verify", repo, code=0)
        self.serve(repo)
        self.xppkg(pc, "check", code=0)

    def test_refresh_and_add_give_an_expired_snapshot_and_targets_a_new_life(self):
        for words in (["refresh"], ["add"]):
            with self.subTest(words):
                repo = self.repository("repo-" + words[0])
                self.expire(repo, "targets", "snapshot", "timestamp")
                self.release_tool("verify", repo, error="trust.expired")
                if words == ["add"]:
                    self.add(repo, "2", self.tree("2"), code=0)
                else:
                    self.release_tool("refresh", repo, code=0)
                self.release_tool("verify", repo, code=0)

    def test_expired_package_whose_key_is_elsewhere_is_announced_and_signed_on_request(self):
        repo = self.repository()
        self.expire(repo, "app", "snapshot", "timestamp")
        os.rename(repo + ".keys/app.package.key.json", self.path("elsewhere"))
        out = self.release_tool("--json", "refresh", repo, code=0).json
        self.assertEqual([item["role"] for item in out["warnings"]], ["app"])
        self.assertLess(out["warnings"][0]["days"], -1000)
        self.release_tool("verify", repo, error="trust.expired")
        self.release_tool("refresh", repo, "--role", "app", error="trust.key")
        os.rename(self.path("elsewhere"), repo + ".keys/app.package.key.json")
        self.release_tool("refresh", repo, "--role", "app", code=0)
        self.release_tool("verify", repo, code=0)
        self.release_tool("refresh", repo, "--role", "nobody", error="notfound.package")

    def test_refresh_is_quiet_and_needs_only_two_keys(self):
        repo = self.repository()
        for name in ("root", "root-spare", "targets", "app.package"):
            os.remove(os.path.join(repo + ".keys", name + ".key.json"))
        write(self.path("secret"), "correct horse battery staple\n")
        os.chmod(self.path("secret"), 0o600)
        run = self.run_program("xppkg-release", "refresh", repo, "--passphrase-file",
                               self.path("secret"), start_new_session=True, code=0)
        self.assertEqual((run.out, run.err), ("", ""))

    def test_refresh_signs_the_snapshot_only_when_half_of_its_life_is_over(self):
        repo = self.repository()
        roles = lambda *words: {item["role"] for item in self.release_tool(
            "--json", "refresh", repo, *words, code=0).json["signed"]}
        self.assertEqual(roles(), {"timestamp"})
        self.assertEqual(roles("--snapshot"), {"timestamp", "snapshot"})
        self.release_tool("policy", repo, "--days", "snapshot=800", code=0)
        self.assertEqual(roles(), {"timestamp", "snapshot"})
        self.assertEqual(roles(), {"timestamp"})


class PolicyTest(KeyCase):
    def test_policy_is_used_by_the_next_signing(self):
        repo = self.repository()
        self.release_tool("policy", repo, "--days", "app=10", "--days", "timestamp=1000",
                          "--days", "targets=100", code=0)
        self.add(repo, "2", self.tree("2"), code=0)
        self.add(repo, "1", self.tree("1"), package="tool", code=0)
        now = json.loads(read(repo + "/metadata/timestamp.json"))["signed"]["issued"]
        year = int(now[:4])
        self.assertGreaterEqual(int(self.keys_of(repo, "timestamp")["expires"][:4]), year + 2)
        self.assertLessEqual(int(self.keys_of(repo, "targets")["expires"][:4]), year + 1)
        self.assertLessEqual(int(self.keys_of(repo, "app")["expires"][:4]), year + 1)

    def test_end_that_is_near_is_announced_by_each_verb_that_reads(self):
        repo = self.repository()
        self.release_tool("policy", repo, "--days", "timestamp=20", "--warn", "15", code=0)
        self.release_tool("refresh", repo, code=0)
        quiet = self.release_tool("--json", "show", repo, code=0)
        self.assertEqual((quiet.json["warnings"], quiet.err), ([], ""))
        self.release_tool("policy", repo, "--days", "timestamp=2", code=0)
        self.release_tool("refresh", repo, code=0)
        self.release_tool("policy", repo, "--days", "timestamp=20", code=0)
        for words in (["show", repo], ["verify", repo], ["key", "list", repo],
                      ["add", repo, "--package", "app", "--version", "1", self.tree("1")]):
            with self.subTest(words):
                run = self.release_tool("--json", *words, code=0)
                warning, = run.json["warnings"]
                self.assertEqual(warning["role"], "timestamp")
                self.assertIn(warning["days"], (1, 2))
                self.assertIn("timestamp expires on", run.err)
        german = self.release_tool("--lang", "de", "show", repo, code=0)
        self.assertIn("Die Metadaten „timestamp“ laufen am", german.err)

    def test_values_out_of_range_are_refused_and_change_nothing(self):
        repo = self.repository()
        self.release_tool("policy", repo, "--days", "timestamp=7", code=0)
        before = self.state(repo)
        for word in ("timestamp=0", "timestamp=36501", "timestamp=x", "timestamp=", "timestamp",
                     "timestamp=-1", "timestamp=1.5"):
            self.release_tool("policy", repo, "--days", word, error="usage.invalid")
        self.release_tool("policy", repo, "--days", "nobody=7", error="notfound.package")
        self.release_tool("policy", repo, "--warn", "9999", error="usage.invalid")
        self.assert_same(self.state(repo), before)
        shown = self.release_tool("--json", "policy", repo, code=0).json
        self.assertEqual((shown["days"]["timestamp"], shown["days"]["root"], shown["warn"]),
                         (7, 3650, 30))

    def test_policy_file_that_is_not_in_its_form_signs_nothing(self):
        repo = self.repository()
        file = repo + ".keys/policy.json"
        good = {"_type": "xppkg-policy", "format": "1.0", "days": {}, "warn": 30}
        for bad in ("", "{}", "[]", json.dumps({**good, "wran": 3}),
                    json.dumps({**good, "days": {"app": 0}}), json.dumps({**good, "format": "2.0"}),
                    json.dumps({**good, "days": {"app": "7"}})):
            with self.subTest(bad):
                write(file, bad)
                before = self.state(repo)
                self.release_tool("refresh", repo, error="usage.invalid")
                self.assert_same(self.state(repo), before)
        write(file, json.dumps(good))
        self.release_tool("refresh", repo, code=0)


class History(KeyCase):
    def broken(self, repo):
        run = self.release_tool("--json", "verify", repo, code=5)
        return {item["path"]: item["error"] for item in run.json["problems"]}

    def repository_of_three_roots(self):
        repo = self.repository()
        for role in ("timestamp", "snapshot"):
            self.key(repo, "rotate", role, code=0)
        self.assertEqual(self.release_tool("--json", "verify", repo, code=0).json["roots"], 3)
        return repo

    def test_missing_root_in_between_is_found(self):
        repo = self.repository_of_three_roots()
        os.remove(repo + "/metadata/2.root.json")
        self.assertEqual(set(self.broken(repo)),
                         {"metadata/1.root.json", "metadata/2.root.json"})

    def test_root_with_a_changed_byte_is_found(self):
        repo = self.repository_of_three_roots()
        file = repo + "/metadata/2.root.json"
        write(file, read(file).replace(b'"expires":"2', b'"expires":"3'))
        self.assertEqual(self.broken(repo), {"metadata/1.root.json": "trust.signature",
                                             "metadata/2.root.json": "trust.signature"})

    def test_root_that_the_one_before_did_not_sign_is_found(self):
        repo = self.repository_of_three_roots()
        keys = [self.stolen(repo, name) for name in ("root", "root-spare")]
        stranger = self.repository("other")
        strange = self.stolen(stranger, "root")
        mirror = Mirror(repo)
        root = json.loads(read(repo + "/metadata/2.root.json"))["signed"]
        root["keys"][strange.id] = strange.public
        root["roles"]["root"] = {"keyids": [strange.id], "threshold": 1}
        mirror.write("root", root, strange)
        self.assertEqual(set(self.broken(repo)), {"metadata/1.root.json", "metadata/2.root.json"})
        mirror.write("root", root, strange, *keys)
        self.assertEqual(set(self.broken(repo)), {"metadata/1.root.json", "metadata/2.root.json"})

    def test_shipped_root_that_is_not_the_newest_is_found(self):
        repo = self.repository_of_three_roots()
        write(repo + "/root.json", read(repo + "/metadata/2.root.json"))
        self.assertEqual(set(self.broken(repo)), {"root.json"})


if __name__ == "__main__":
    unittest.main(verbosity=1)
