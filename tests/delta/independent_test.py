"""A second decoder, which shares no code with ours, makes the same files: of the golden payloads, and
of patches made now.

independent_test.py GOLDEN LINKED_PROGRAMS_DUMP; xppkg-delta as XPPKG_DELTA.
"""

import hashlib
import os
import re
import subprocess
import sys
import unittest

from delta_case import DeltaCase, cases
from xppkg_case import make_tree, noise, read, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "independent"))

from coding import Corrupt  # noqa: E402
from payload import Header, decode  # noqa: E402
from references import AFTER_0F, ONE_BYTE  # noqa: E402

GOLDEN, LINKED_PROGRAMS_DUMP = sys.argv[1:]
TREE_INDEX = 0xFFFFFFFF  # DELTA §14
PREDICTED = 1 << 63  # DELTA §5

FOX = b"The quick brown fox jumps over the lazy dog.\n"
CAT = b"A quick brown cat jumps over the lazy dog.\n"
MANY_OLD, MANY_NEW = ["old-%d" % i for i in range(3)], ["new-%d" % i for i in range(5)]
PROGRAMS = ["programs/pe-x86", "programs/pe-x86-64", "programs/macho-arm64"]


def varint(number):
    result = bytearray()
    while number >= 0x80:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(result) + bytes([number])


def tree_index(files, mode):
    """FORMAT §5.3: of a folder that has these files and no more."""
    result = b"xppkg-tree-1\n" + varint(len(files))
    for name, content in sorted(files.items()):
        result += bytes([0]) + varint(len(name)) + name.encode() + varint(mode)
        result += varint(len(content)) + hashlib.blake2b(content, digest_size=32).digest()
        result += varint(0)
    return result


class GoldenPayloads(unittest.TestCase):
    def golden(self, name):
        return read(os.path.join(GOLDEN, name))

    def payloads(self):
        """{name: (old files, new files)}"""
        some = {"delta-1.0.xpd": (MANY_OLD, MANY_NEW), "full-1.0.xpd": ([], MANY_NEW)}
        some.update({"%s-%s.xpd" % (name, version): ([name + ".old"], [name + ".new"])
                     for name in PROGRAMS for version in ("1.1", "1.2", "1.3")})
        some["programs/elf-x86-64-1.4.xpd"] = (["programs/elf-x86-64.old"],
                                               ["programs/elf-x86-64.new"])
        some["programs/macho-x86-64-1.5.xpd"] = (["programs/macho-x86-64.old"],
                                                 ["programs/macho-x86-64.new"])
        some["texts/offsets-1.6.xpd"] = (["texts/offsets.old"], ["texts/offsets.new"])
        some["tables/columns-1.6.xpd"] = (["tables/columns.old"], ["tables/columns.new"])
        some["texts/chapters-1.3.xpd"] = (["texts/chapters.old"], ["texts/chapters.new"])
        result = {name: tuple([self.golden(file) for file in files] for files in both)
                  for name, both in some.items()}
        result.update({"example-%s.xpd" % version: ([FOX], [CAT, b""])
                       for version in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6")})
        return result

    def test_each_golden_payload_is_decoded_to_its_files(self):
        for name, (old, new) in self.payloads().items():
            with self.subTest(name):
                self.assertEqual(decode(self.golden(name), old), new)

    def test_no_golden_payload_is_left_out(self):
        found = {os.path.relpath(os.path.join(folder, name), GOLDEN)
                 for folder, _, names in os.walk(GOLDEN) for name in names
                 if name.endswith(".xpd")}
        self.assertEqual(found, set(self.payloads()))

    def test_a_payload_that_goes_on_after_its_last_segment_is_refused(self):
        for name, (old, _) in self.payloads().items():
            with self.subTest(name), self.assertRaises(Corrupt):
                decode(self.golden(name) + b"\0", old)


class Documents(unittest.TestCase):
    """A fact that stands twice, in a document and in a file of bytes or a table, is the same."""

    def document(self, name):
        return read(os.path.join(GOLDEN, "../../manifests", name)).decode()

    def hex_lines(self, text):
        """{place: bytes} of a dump: the place, the bytes and, after three spaces, what they are."""
        result, last = {}, None
        for line in text.splitlines():
            match = re.match(r"    (?:([0-9a-f]{2})  |    )((?:[0-9a-f]{2} {0,2})+)(?:   |$)", line)
            if not match:
                continue
            if match[1]:
                last = int(match[1], 16)
                result[last] = b""
            result[last] += bytes.fromhex(match[2])
        return result

    def test_the_worked_examples_are_the_golden_files(self):
        text = self.document("DELTA.md")
        text = text[text.index("## 10. Worked examples"):text.index("## 11.")]
        first, *others = map(self.hex_lines, re.split(
            "The same as a predicted segment|The same in version", text))
        header = {place: content for place, content in first.items() if place < 0x66}
        examples = [first] + [{**header, **one} for one in others[:2]]
        for changes in others[2:]:
            examples.append({**examples[-1], **changes})
        for version, lines in zip(("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"), examples, strict=True):
            with self.subTest(version):
                whole = bytearray()
                for place, content in sorted(lines.items()):
                    whole[place:place + len(content)] = content
                self.assertEqual(whole, read(os.path.join(GOLDEN, "example-%s.xpd" % version)))

    def test_the_tables_of_opcodes_are_those_of_the_decoder(self):
        rows = re.findall(r"^ +[0-9a-f]0  (\S{8}) (\S{8})$", self.document("DELTA-CODE.md"), re.M)
        tables = ["".join(first + second for first, second in rows[at:at + 16])
                  for at in (0, 16)]
        self.assertEqual(tables, [ONE_BYTE[64], AFTER_0F])


class FreshPatches(DeltaCase):
    def patch_between(self, old, new):
        patch = self.path("patch")
        self.delta("diff", old, new, patch, "--force", code=0)
        return read(patch)

    def assert_decoded(self, old, new):
        """Gives the patch."""
        write(self.path("old"), old)
        write(self.path("new"), new)
        patch = self.patch_between(self.path("old"), self.path("new"))
        inputs = [old] if Header(patch).old_parts else []
        self.assertEqual(decode(patch, inputs), [new])
        return patch

    def assert_predicted(self, patch):
        first = Header(patch).size
        self.assertTrue(int.from_bytes(patch[first:first + 8], "little") & PREDICTED)

    def linked_programs(self, seed, functions):
        """{target: (old, new)}"""
        folder = self.path("programs-%d" % seed)
        os.mkdir(folder)
        subprocess.run([LINKED_PROGRAMS_DUMP, folder, str(seed), str(functions)], check=True)
        names = sorted({name.rsplit(".", 1)[0] for name in os.listdir(folder)})
        return {name: tuple(read(os.path.join(folder, name + version))
                            for version in (".old", ".new")) for name in names}

    def test_programs_of_each_container_and_processor_come_back(self):
        for seed, functions in ((1, 60), (2, 25)):
            for name, (old, new) in self.linked_programs(seed, functions).items():
                with self.subTest(name, seed=seed):
                    self.assert_predicted(self.assert_decoded(old, new))

    def test_programs_of_the_system_come_back(self):
        for names in (("true", "false"), ("cut", "paste"), ("md5sum", "sha1sum")):
            files = ["/usr/bin/" + name for name in names]
            if all(map(os.path.isfile, files)):
                with self.subTest(names):
                    self.assert_decoded(*map(read, files))

    def test_files_that_are_no_programs_come_back(self):
        for what, (old, new) in cases().items():
            with self.subTest(what):
                self.assert_decoded(old, new)

    def test_code_that_turned_into_noise_comes_back(self):
        for name, (old, new) in self.linked_programs(3, 40).items():
            with self.subTest(name):
                spoilt = old[:5_000] + noise(4, 2_000) + old[7_000:]
                self.assert_decoded(spoilt, new)
                self.assert_decoded(old, spoilt)

    def test_a_folder_of_programs_and_texts_comes_back(self):
        programs = self.linked_programs(5, 30)
        text = b"".join(b"%d bottles of beer on the wall\n" % i for i in range(99))
        old, new = {"notes": text}, {"notes": text[:900] + text[1000:], "empty": b""}
        for name in ("pe-x86-64", "macho-arm64", "elf-x86"):
            old[name], new["new-" + name] = programs[name]
        folders = [self.path("old"), self.path("new")]
        for folder, files in zip(folders, (old, new)):
            make_tree(folder, files)
        patch = self.patch_between(*folders)
        mode = os.stat(os.path.join(folders[0], "notes")).st_mode & 0o777
        header = Header(patch)
        contents = [content for _, content in sorted(old.items())]
        parts = [tree_index(old, mode) if index == TREE_INDEX else contents[index]
                 for index, _ in header.old_parts]
        made = decode(patch, parts)
        wanted = [content for _, content in sorted(new.items())]
        for (index, _), content in zip(header.new_parts, made):
            with self.subTest(index):
                self.assertEqual(
                    content, tree_index(new, mode) if index == TREE_INDEX else wanted[index])
        self.assertEqual(len(made), 1 + len(new))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
