#!/usr/bin/env python3
"""Makes manifests/examples anew by running the product. Only needed when a format gets a new
version; the results are committed.

  make_examples.py --xppkg FILE --xppkg-release FILE --probe FILE
"""

import argparse
import copy
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import independent_check as own

GOOD = own.GOOD
BAD = own.MANIFESTS / "examples" / "bad"


def program_bytes(seed):
    """Bytes that do not compress, so that the delta is worth its place."""
    out = b""
    while len(out) < 2048:
        out += hashlib.sha256(f"{seed}-{len(out)}".encode()).digest()
    return out


def write(path, data, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def make_tree(folder, version):
    program = program_bytes("program")
    if version == "1.1":
        program = program[:1000] + b"one point one" + program[1000:]
        write(folder / "doc" / "news.txt", b"Faster start.\n")
    write(folder / "app.ini", f"[app]\nversion={version}\n".encode())
    write(folder / "bin" / "app", program, 0o755)
    os.symlink("app", folder / "bin" / "current")


class Good:
    def __init__(self, programs, work):
        self.programs = programs
        self.work = work
        self.installation = work / "app"

    def run(self, program, *words):
        environment = dict(os.environ, XPPKG_PASSPHRASE="example")
        subprocess.run([getattr(self.programs, program), *map(str, words)], check=True,
                       env=environment, stdout=subprocess.DEVNULL)

    def publish(self):
        repository = GOOD / "repository"
        keys = ["--keys", GOOD / "keys"]
        self.run("xppkg_release", "init", repository, *keys, "--quick-passphrase")
        for version in ["1.0", "1.1"]:
            tree = self.work / version
            make_tree(tree, version)
            notes = self.work / "notes"
            notes.write_text(f"Version {version} of an \"example\".\n")
            self.run("xppkg_release", "add", repository, tree, "--package", "app", "--version",
                     version, "--config", "*.ini", "--notes", notes, *keys)
        self.run("xppkg_release", "min-version", repository, "--package", "app", "1.0", *keys)
        shutil.rmtree(repository / ".work", ignore_errors=True)

    def prepare_root(self):
        """A policy, and the draft of root 2, in a copy: the examples stay at root 1."""
        repository = self.work / "repository"
        shutil.copytree(GOOD / "repository", repository)
        shutil.copytree(GOOD / "keys", self.work / "keys")
        keys = ["--keys", self.work / "keys"]
        folder = GOOD / "vendor"
        folder.mkdir()
        self.run("xppkg_release", "policy", repository, "--days", "timestamp=30", "--days",
                 "app=730", "--warn", "14", *keys)
        shutil.copyfile(self.work / "keys/policy.json", folder / "policy.json")
        self.run("xppkg_release", "key", "threshold", repository, "root", "2", "--export",
                 folder / "root.draft", *keys)
        self.run("xppkg_release", "root", "sign", folder / "root.draft", *keys)

    def install(self):
        state = self.installation / ".xppkg"
        sources = ["https://releases.example.com/repo", "file:///srv/releases"]
        self.run("xppkg", "-C", self.installation, "init", "--root", GOOD / "repository/root.json",
                 "--package", "app", "--platform", "linux-x86_64", "--workstation", "pc-17",
                 "--database", "sqlite:/srv/share/site.db",
                 *[word for source in sources for word in ("--source", source)])
        config = (state / "config.json").read_bytes()
        value = json.loads(config)
        value.update(sources=[(GOOD / "repository").as_uri()], database="")
        (state / "config.json").write_text(json.dumps(value))
        self.run("xppkg", "-C", self.installation, "install", "1.0")
        journal = self.watch_journal()
        (state / "config.json").write_bytes(config)
        self.keep(state, journal)

    def watch_journal(self):
        place = self.installation / ".xppkg" / "journal"
        process = subprocess.Popen([self.programs.xppkg, "-C", self.installation, "apply",
                                    "--to", "1.1"], stdout=subprocess.DEVNULL)
        found = None
        while process.poll() is None:
            try:
                found = found or place.read_bytes()
            except FileNotFoundError:
                pass
        if process.returncode or not found:
            raise SystemExit("no journal was seen; run this program again")
        return found

    def keep(self, state, journal):
        folder = GOOD / "installation"
        folder.mkdir()
        for name in ["config.json", "installed.json", "history.jsonl"]:
            shutil.copyfile(state / name, folder / name)
        (folder / "journal").write_bytes(journal)


class Bad:
    """Each file has one fault, and its name says which."""

    def __init__(self, probe):
        self.probe = probe
        self.expected = {}
        metadata = GOOD / "repository" / "metadata"
        self.files = {
            "root": metadata / "1.root.json",
            "timestamp": metadata / "timestamp.json",
            "snapshot": own.newest("snapshot"),
            "targets": own.newest("targets"),
            "role": own.newest("app"),
            "manifest": next((GOOD / "repository").glob("targets/app/1.0/*/*.manifest.json")),
            "key": GOOD / "keys" / "app.package.key.json",
            "config": GOOD / "installation" / "config.json",
            "installed": GOOD / "installation" / "installed.json",
            "journal": GOOD / "installation" / "journal",
            "policy": GOOD / "vendor" / "policy.json",
            "root-draft": GOOD / "vendor" / "root.draft",
        }
        self.signers = {"role": "app.package", "manifest": "app.package"}

    def text(self, kind):
        return self.files[kind].read_text()

    def value(self, kind):
        return json.loads(self.text(kind))

    def put(self, name, kind, error, data, schema):
        """`schema`: whether the JSON Schema can refuse it; None: no JSON Schema can read it."""
        (BAD / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        self.expected[name] = {"kind": kind, "error": error, "schema": schema}

    def signed(self, name, kind, error, schema, change, signer=None):
        value = self.value(kind)
        change(value["signed"])
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(value, file)
            file.flush()
            key = GOOD / "keys" / f"{signer or self.signers.get(kind, kind)}.key.json"
            data = subprocess.run([self.probe, "sign", key, file.name], check=True,
                                  stdout=subprocess.PIPE).stdout
        self.put(name + ".json", kind, error, data, schema)

    def plain(self, name, kind, error, schema, change):
        value = self.value(kind)
        change(value)
        self.put(name + ".json", kind, error, json.dumps(value, indent=2) + "\n", schema)

    def entries(self, name, error, schema, change):
        """A manifest whose entries are wrong, but whose tree digest is right for them."""
        def both(manifest):
            change(manifest["entries"])
            manifest["entries"].sort(key=lambda entry: entry["path"].encode())
            manifest["tree"] = own.tree_digest(manifest["entries"])
        self.signed(name, "manifest", error, schema, both)

    def replaced(self, name, old, new, schema=None):
        text = self.text("manifest")
        assert text.count(old) >= 1, old
        self.put(name + ".json", "manifest", "trust.malformed", text.replace(old, new, 1), schema)

    def strict_json(self):
        self.replaced("duplicate-name", '"package":"app"', '"package":"app","package":"app"')
        self.replaced("fraction", '"size":2048', '"size":2048.5', True)
        self.replaced("fraction-of-zero", '"size":2048', '"size":2048.0')
        self.replaced("exponent", '"size":2048', '"size":2048e0')
        self.replaced("minus-zero", '"size":2048', '"size":-0')
        self.replaced("integer-too-large", '"size":2048', '"size":9007199254740992', True)
        self.replaced("deep-nesting", '"package":"app"',
                      '"deep":' + "[" * 33 + "]" * 33 + ',"package":"app"')
        self.replaced("comment", '"package":"app"', '/* ours */"package":"app"')
        text = self.text("manifest")
        self.put("trailing-bytes.json", "manifest", "trust.malformed", text + "{}\n", None)
        self.put("cut-in-the-middle.json", "manifest", "trust.malformed", text[:len(text) // 2],
                 None)
        self.put("not-utf-8.json", "manifest", "trust.malformed",
                 text.encode().replace(b"Version 1.0", b"Version \xff"), None)

    def manifests(self):
        def rename(old, new):
            def change(entries):
                next(e for e in entries if e["path"] == old)["path"] = new
            return change

        def extra(path, **members):
            def change(entries):
                file = copy.deepcopy(next(e for e in entries if e["path"] == "bin/app"))
                entries.append({**file, "path": path, **members})
            return change

        def member(path, name, value):
            def change(entries):
                next(e for e in entries if e["path"] == path)[name] = value
            return change

        def top(name, value):
            return lambda manifest: manifest.update({name: value})

        name = "tree.unsafe-name"
        entry = "tree.unsafe-entry"
        form = "trust.malformed"
        self.entries("path-with-dotdot", name, True, rename("bin/app", "bin/../app"))
        self.entries("path-absolute", name, True, rename("app.ini", "/app.ini"))
        self.entries("path-with-backslash", name, True, rename("app.ini", "..\\app.ini"))
        self.entries("path-with-drive", name, True, rename("app.ini", "C:app.ini"))
        self.entries("path-with-empty-part", name, True, rename("bin/app", "bin//app"))
        self.entries("path-with-control-character", name, True, rename("app.ini", "app\n.ini"))
        self.entries("path-ends-in-dot", name, True, rename("app.ini", "app.ini."))
        self.entries("path-of-a-device", name, False, rename("app.ini", "Aux.ini"))
        self.entries("path-too-long", name, True, rename("app.ini", "a" * 256))
        self.entries("case-collision", name, False, extra("App.ini"))
        self.entries("unicode-collision", name, False,
                     lambda e: (extra("\u00e9")(e), extra("e\u0301")(e)))
        self.entries("missing-parent", entry, False, extra("lib/app"))
        self.entries("parent-is-a-file", entry, False, extra("app.ini/app"))
        self.entries("link-leaves-tree", entry, False, member("bin/current", "target", "../../x"))
        self.entries("link-absolute", entry, True, member("bin/current", "target", "/etc/passwd"))
        self.entries("link-dotdot-behind-a-name", entry, False,
                     member("bin/current", "target", "app/../x"))
        self.entries("name-of-the-updater", entry, False, extra(".XPPKG"))

        def tree_kept(path, name, value):
            return lambda manifest: member(path, name, value)(manifest["entries"])
        upper = self.value("manifest")["signed"]["tree"].upper()
        self.signed("mode-with-setuid", "manifest", form, True,
                    tree_kept("bin/app", "mode", "4755"))
        self.signed("unknown-kind", "manifest", form, True,
                    tree_kept("bin/app", "kind", "device"))
        self.signed("size-negative", "manifest", form, True, tree_kept("bin/app", "size", -1))
        self.signed("digest-upper-case", "manifest", form, True, top("tree", upper))
        self.signed("digest-too-short", "manifest", form, True, top("tree", upper.lower()[:-2]))
        self.signed("tree-digest-wrong", "manifest", form, False, top("tree", "0" * 64))
        self.signed("member-missing", "manifest", form, True, lambda m: m.pop("tree"))
        self.signed("type-of-another-file", "manifest", form, True, top("_type", "targets"))
        self.signed("format-2", "manifest", "unsupported.format", True, top("format", "2.0"))
        self.signed("time-without-zone", "manifest", form, True,
                    top("released", "2026-11-22T08:00:00"))
        self.signed("unknown-kind-of-payload", "manifest", form, True,
                    lambda m: m["payloads"][0].update(kind="patch"))
        self.signed("manifest-by-another-key", "manifest", "trust.signature", False,
                    lambda m: m.update(notes="Other notes."), signer="targets")

    def metadata(self):
        form = "trust.malformed"

        def resign(name, kind, error, schema, change):
            self.signed(name, kind, error, schema, change)
        resign("threshold-zero", "root", form, True,
               lambda r: r["roles"]["timestamp"].update(threshold=0))
        resign("consistent-snapshot-number", "root", form, True,
               lambda r: r.update(consistent_snapshot=1))
        resign("key-id-wrong", "root", "trust.signature", False, self.wrong_key_id)
        resign("key-under-two-ids", "root", form, False, self.two_ids)
        resign("key-id-twice", "root", form, True,
               lambda r: r["roles"]["snapshot"]["keyids"].extend(r["roles"]["snapshot"]["keyids"]))
        resign("key-scheme-unknown", "root", "trust.signature", True, self.other_scheme)
        resign("version-zero", "timestamp", form, True, lambda t: t.update(version=0))
        resign("role-of-another-type", "timestamp", form, True,
               lambda t: t.update(_type="snapshot"))
        resign("spec-version-2", "snapshot", "unsupported.format", True,
               lambda s: s.update(spec_version="2.0.0"))
        resign("targets-not-listed", "snapshot", form, True,
               lambda s: s["meta"].pop("targets.json"))
        resign("role-name-of-tuf", "targets", form, True,
               lambda t: t["delegations"]["roles"][0].update(name="timestamp"))
        resign("role-delegated-twice", "targets", form, False,
               lambda t: t["delegations"]["roles"].append(t["delegations"]["roles"][0]))
        resign("target-without-hash", "role", form, True,
               lambda t: next(iter(t["targets"].values())).update(hashes={}))
        resign("min-version-is-no-version", "role", form, True,
               lambda t: t.update(min_version="latest"))
        resign("custom-without-tree", "role", form, True,
               lambda t: next(v for k, v in t["targets"].items()
                              if k.endswith("manifest.json"))["custom"].pop("tree"))
        self.signed("signature-by-another-role", "timestamp", "trust.signature", False,
                    lambda t: None, signer="snapshot")
        self.plain("signature-missing", "root", "trust.signature", False,
                   lambda r: r.update(signatures=[]))
        self.plain("signature-wrong", "timestamp", "trust.signature", False, self.flip)
        self.plain("signature-twice", "timestamp", form, False,
                   lambda r: r["signatures"].append(r["signatures"][0]))
        self.plain("signature-not-hex", "timestamp", "trust.signature", True,
                   lambda r: r["signatures"][0].update(sig="zz"))
        self.plain("signed-is-no-object", "timestamp", form, True,
                   lambda r: r.update(signed="x"))

    @staticmethod
    def flip(envelope):
        signature = envelope["signatures"][0]
        last = signature["sig"][-1]
        # The low half of the last byte: the number stays below the group's order.
        signature["sig"] = signature["sig"][:-1] + ("0" if last != "0" else "1")

    @staticmethod
    def wrong_key_id(root):
        role = root["roles"]["root"]
        wrong = {key_id: str(number) * 64 for number, key_id in enumerate(role["keyids"])}
        for key_id in role["keyids"]:
            root["keys"][wrong[key_id]] = root["keys"].pop(key_id)
        role["keyids"] = list(wrong.values())

    @staticmethod
    def two_ids(root):
        role = root["roles"]["snapshot"]
        second = {**root["keys"][role["keyids"][0]], "x-note": "the same key"}
        root["keys"][own.key_id(second)] = second
        role["keyids"].append(own.key_id(second))

    @staticmethod
    def other_scheme(root):
        role = root["roles"]["root"]
        keys = [{**root["keys"].pop(key_id), "keytype": "rsa", "scheme": "rsassa-pss-sha256"}
                for key_id in role["keyids"]]
        role["keyids"] = [own.key_id(key) for key in keys]
        root["keys"].update(zip(role["keyids"], keys))

    def state(self):
        def kdf(name, value):
            return lambda key: key["kdf"].update({name: value})
        self.plain("key-file-too-slow", "key", "trust.key", True, kdf("passes", 17))
        self.plain("key-file-too-much-memory", "key", "trust.key", True, kdf("memory", 2**31))
        self.plain("key-file-unknown-cipher", "key", "trust.key", True,
                   lambda key: key.update(cipher="rot13"))
        self.plain("key-file-box-short", "key", "trust.key", True,
                   lambda key: key.update(box=key["box"][2:]))
        root = self.value("root")["signed"]
        other = root["keys"][root["roles"]["root"]["keyids"][0]]
        self.plain("key-file-of-another-key", "key", "trust.key", False,
                   lambda key: key.update(public=other))
        self.plain("config-format-2", "config", "unsupported.format", True,
                   lambda config: config.update(format="2.0"))
        self.plain("config-source-is-no-text", "config", "corrupt.state", True,
                   lambda config: config.update(sources=[17]))
        self.plain("config-without-package", "config", "corrupt.state", True,
                   lambda config: config.pop("package"))
        self.plain("config-too-many-sources", "config", "corrupt.state", True,
                   lambda config: config.update(sources=config["sources"] * 17))
        self.plain("installed-without-tree", "installed", "corrupt.state", True,
                   lambda installed: installed.pop("tree"))
        self.plain("installed-decision-negative", "installed", "corrupt.state", True,
                   lambda installed: installed.update(decision=-1))
        journal = self.text("journal")
        lines = journal.splitlines(keepends=True)
        cases = {"journal-cut": journal[:-5], "journal-without-end": "".join(lines[:-1]),
                 "journal-with-a-record-lost": "".join(lines[:1] + lines[2:]),
                 "journal-with-wrong-checksum": "0" * 16 + journal[16:],
                 "journal-with-bytes-behind": journal + lines[-1]}
        for name, data in cases.items():
            self.put(name, "journal", "corrupt.state", data, None)

    def vendor(self):
        self.plain("policy-with-an-unknown-member", "policy", "usage.invalid", True,
                   lambda policy: policy.update(wran=14))
        self.plain("policy-of-no-days", "policy", "usage.invalid", True,
                   lambda policy: policy["days"].update(app=0))
        self.plain("root-draft-that-skips-a-version", "root-draft", "usage.invalid", False,
                   lambda draft: draft["next"]["signed"].update(version=3))
        self.plain("root-draft-without-enough-signatures", "root-draft", "trust.signature", False,
                   lambda draft: draft["next"]["signatures"].pop())
        self.plain("root-draft-changed-after-signing", "root-draft", "trust.signature", False,
                   lambda draft: draft["next"]["signed"].update(expires="2099-01-01T00:00:00Z"))
        self.plain("root-draft-format-2", "root-draft", "usage.invalid", True,
                   lambda draft: draft.update(format="2.0"))

    def make(self):
        self.strict_json()
        self.manifests()
        self.metadata()
        self.state()
        self.vendor()
        (BAD / "EXPECTED.json").write_text(json.dumps(self.expected, indent=2, sort_keys=True)
                                           + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ["--xppkg", "--xppkg-release", "--probe"]:
        parser.add_argument(name, required=True, type=pathlib.Path)
    programs = parser.parse_args()
    os.umask(0o022)
    for folder in [GOOD, BAD]:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        good = Good(programs, pathlib.Path(work))
        good.publish()
        good.install()
        good.prepare_root()
    Bad(programs.probe).make()


if __name__ == "__main__":
    main()
