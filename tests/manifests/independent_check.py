#!/usr/bin/env python3
"""Computes what the format documents define, without any code of xppkg, and compares it with the
good examples. Each function follows one section; nothing but Python's own library is used."""

import hashlib
import json
import os
import pathlib
import re
import unittest

KINDS = {"file": 0, "directory": 1, "symlink": 2}


def canonical(value):
    """FORMAT.md §2.2."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode())
        return "{" + ",".join(canonical(n) + ":" + canonical(value[n]) for n in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    raise ValueError(f"canonical JSON has no {type(value)}")


def canonical_bytes(value):
    return canonical(value).encode()


def varint(number):
    """FORMAT.md §1."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(value):
    raw = value.encode()
    return varint(len(raw)) + raw


def tree_bytes(entries):
    """FORMAT.md §5.3: the bytes that the tree's digest covers."""
    out = b"xppkg-tree-1\n" + varint(len(entries))
    for entry in sorted(entries, key=lambda entry: entry["path"].encode()):
        is_file = entry["kind"] == "file"
        out += bytes([KINDS[entry["kind"]]]) + text(entry["path"])
        out += varint(int(entry.get("mode", "0"), 8) if entry["kind"] != "symlink" else 0)
        out += varint(entry["size"] if is_file else 0)
        out += bytes.fromhex(entry["blake2b"]) if is_file else bytes(32)
        out += text(entry["target"] if entry["kind"] == "symlink" else "")
    return out


def blake2b(data):
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def tree_digest(entries):
    return blake2b(tree_bytes(entries))


def key_id(key):
    """REPOSITORY.md §4."""
    return sha256(canonical_bytes(key))


def source_root():
    return pathlib.Path(os.environ.get("XPPKG_SOURCE_ROOT") or
                        pathlib.Path(__file__).resolve().parents[2])


MANIFESTS = source_root() / "manifests"
GOOD = MANIFESTS / "examples" / "good"
REPOSITORY = GOOD / "repository"
METADATA = REPOSITORY / "metadata"


def load(path):
    return json.loads(path.read_bytes())


def signed(path):
    return load(path)["signed"]


def newest(role):
    def version(path):
        return int(path.name.split(".")[0])
    return max(METADATA.glob(f"*.{role}.json"), key=version)


class IndependentCheck(unittest.TestCase):
    def manifests(self):
        found = sorted(REPOSITORY.glob("targets/*/*/*/*.manifest.json"))
        self.assertGreater(len(found), 1)
        return found

    def test_tree_digest_of_each_manifest(self):
        for path in self.manifests():
            manifest = signed(path)
            self.assertEqual(tree_digest(manifest["entries"]), manifest["tree"], path.name)

    def test_entries_are_written_in_the_order_of_their_bytes(self):
        for path in self.manifests():
            paths = [entry["path"].encode() for entry in signed(path)["entries"]]
            self.assertEqual(paths, sorted(paths))

    def test_key_ids(self):
        keys = dict(signed(METADATA / "1.root.json")["keys"])
        keys.update(signed(newest("targets"))["delegations"]["keys"])
        self.assertEqual(len(keys), 6)
        for identity, key in keys.items():
            self.assertEqual(key_id(key), identity)
        for path in (GOOD / "keys").glob("*.key.json"):
            self.assertIn(key_id(load(path)["public"]), keys, path.name)

    def test_canonical_form_by_another_way(self):
        # Python's own writer gives the same bytes as long as no text holds a control character.
        for path in METADATA.glob("*.json"):
            value = signed(path)
            other = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            self.assertEqual(canonical_bytes(value), other.encode())
        self.assertEqual(canonical({"b": ["\n\"\\é", -1, None, True], "a": {}}),
                         '{"a":{},"b":["\n\\"\\\\é",-1,null,true]}')

    def test_hashes_from_the_timestamp_down(self):
        meta = signed(METADATA / "timestamp.json")["meta"]["snapshot.json"]
        self.matches(METADATA / f"{meta['version']}.snapshot.json", meta)
        snapshot = signed(METADATA / f"{meta['version']}.snapshot.json")
        for name, meta in snapshot["meta"].items():
            self.matches(METADATA / f"{meta['version']}.{name}", meta)
        for name, target in signed(newest("app"))["targets"].items():
            folder, _, file = name.rpartition("/")
            digest = target["hashes"]["sha256"]
            self.matches(REPOSITORY / "targets" / folder / f"{digest}.{file}", target)

    def matches(self, path, meta):
        data = path.read_bytes()
        self.assertEqual(len(data), meta["length"], path.name)
        self.assertEqual(sha256(data), meta["hashes"]["sha256"], path.name)

    def test_blocks_of_each_payload(self):
        count = 0
        listed = signed(newest("app"))["targets"]
        for path in self.manifests():
            for payload in signed(path)["payloads"]:
                count += 1
                folder, _, file = payload["path"].rpartition("/")
                digest = listed[payload["path"]]["hashes"]["sha256"]
                data = (REPOSITORY / "targets" / folder / f"{digest}.{file}").read_bytes()
                at = 0
                for block in payload["blocks"]:
                    self.assertEqual(blake2b(data[at:at + block["size"]]), block["blake2b"])
                    at += block["size"]
                self.assertEqual(at, len(data))
        self.assertGreater(count, 2)

    def test_custom_objects_agree_with_the_manifests(self):
        listed = signed(newest("app"))["targets"]
        for path in self.manifests():
            manifest = signed(path)
            base = "/".join([manifest["package"], manifest["version"], manifest["platform"]])
            self.assertEqual(listed[base + "/manifest.json"]["custom"]["tree"], manifest["tree"])
            for payload in manifest["payloads"]:
                custom = listed[payload["path"]]["custom"]
                self.assertEqual(custom["tree"], manifest["tree"])
                self.assertEqual(custom["kind"], payload["kind"])
                self.assertEqual(custom.get("base"), payload.get("base"))

    def test_journal_records(self):
        lines = (GOOD / "installation" / "journal").read_bytes().split(b"\n")
        self.assertEqual(lines.pop(), b"")
        records = []
        for line in lines:
            check, record = line[:16].decode(), line[17:]
            self.assertEqual(blake2b(record)[:16], check)
            records.append(json.loads(record))
            self.assertEqual(canonical_bytes(records[-1]), record)
        self.assertEqual(records[0]["journal"], "1.0")
        self.assertEqual(records[-1], {"end": len(records) - 2})

    def test_worked_example_of_the_document(self):
        page = (MANIFESTS / "FORMAT.md").read_text()
        example = page[page.index("## 14. Worked example"):page.index("## 15.")]
        data = bytes.fromhex("".join(re.findall(r"^    [0-9a-f]{2,3}  ((?:[0-9a-f]{2} ?)+)",
                                                example, re.M)).replace(" ", ""))
        manifest = signed(next(REPOSITORY.glob("targets/app/1.0/any/*.manifest.json")))
        self.assertEqual(data, tree_bytes(manifest["entries"]))
        self.assertIn(blake2b(data), example.replace("\n", " "))

    def test_worked_key_id_of_the_document(self):
        page = (MANIFESTS / "REPOSITORY.md").read_text()
        line = re.search(r'^    (\{"keytype".*\})$', page, re.M).group(1)
        self.assertIn(sha256(line.encode()), page)
        self.assertEqual(canonical(json.loads(line)), line)


if __name__ == "__main__":
    unittest.main(verbosity=1)
