"""Patches of files and folders: they give back every byte, name, mode and link, or nothing."""

import json
import os
import shutil
import signal
import stat
import unittest

from delta_case import DeltaCase, cases
from xppkg_case import (Folder, Link, NEW, OLD, Program, ReadOnly, edited, make_tree, noise, read,
                        release_tree, snapshot, start, wait_until, write)


class Files(DeltaCase):
    def setUp(self):
        super().setUp()
        old, new = cases()["inserted bytes"]
        self.old, self.new, self.patch, self.made = map(self.path, ("old", "new", "patch", "made"))
        write(self.old, old)
        write(self.new, new)

    def diff(self, *words, **options):
        return self.delta("diff", self.old, self.new, self.patch, *words, **options)

    def apply(self, *words, **options):
        return self.delta("apply", self.old, self.patch, self.made, *words, **options)

    def test_files_come_back(self):
        for what, (old, new) in cases().items():
            with self.subTest(what):
                write(self.old, old)
                write(self.new, new)
                self.diff("--force", code=0)
                self.apply("--force", code=0)
                self.assertEqual(read(self.made), new)

    def test_a_patch_is_the_same_with_any_threads(self):
        patches = set()
        for threads in (1, 3):
            self.diff("--force", "--threads", threads, code=0)
            patches.add(read(self.patch))
        self.assertEqual(len(patches), 1)

    def test_a_file_comes_back_with_any_threads(self):
        self.diff(code=0)
        for threads in (1, 3):
            self.apply("--force", "--threads", threads, code=0)
            self.assertEqual(read(self.made), read(self.new))
        for threads in (0, -1, "many"):
            self.apply("--force", "--threads", threads, error="usage.invalid")

    def test_files_come_back_from_a_patch_that_was_made_in_little_memory(self):
        old = noise(1, 20_000_000)
        write(self.old, old)
        write(self.new, edited(old[9_000_000:] + old[:9_000_000], 20))
        self.diff("--memory", "64M", code=0)
        self.assertLess(os.path.getsize(self.patch), 3_000)
        self.apply(code=0)
        self.assertEqual(read(self.made), read(self.new))

    def test_too_little_memory_is_told(self):
        told = self.diff("--memory", "1M", error="usage.invalid")
        self.assertIn("64 MiB", told.err)
        self.assert_absent(self.patch)
        for size in ("much", "-1", "-5G", "99999999999999999999", "0"):
            with self.subTest(size=size):
                self.diff("--memory=" + size, error="usage.invalid")
                self.assert_absent(self.patch)

    def test_the_right_to_execute_comes_from_the_old_file(self):
        os.chmod(self.old, 0o755)
        self.diff(code=0)
        self.apply(code=0)
        self.assertTrue(os.access(self.made, os.X_OK))

    def test_a_link_to_a_file_stands_for_the_file(self):
        os.symlink("old", self.path("link"))
        self.delta("diff", self.path("link"), self.new, self.patch, code=0)
        self.delta("apply", self.path("link"), self.patch, self.made, code=0)
        self.assertEqual(read(self.made), read(self.new))

    def test_a_wrong_base_is_refused_and_leaves_nothing(self):
        for what in ("the same", "moved references", "inserted bytes", "removed bytes",
                     "swapped halves"):
            old, new = cases()[what]
            same_size = bytes(byte ^ 0x5A for byte in old)
            for wrong in (same_size, same_size + b"!", old + b"!", old[:-1], b""):
                with self.subTest(what, size=len(wrong)):
                    write(self.old, old)
                    write(self.new, new)
                    self.diff("--force", code=0)
                    write(self.old, wrong)
                    self.apply(error="mismatch.base")
                    self.assert_absent(self.made)

    def test_an_old_file_of_another_size_is_refused_where_none_of_it_is_copied(self):
        old, new = cases()["nothing in common"]
        write(self.old, old)
        write(self.new, new)
        self.diff(code=0)
        write(self.old, old + b"!")
        self.apply(error="mismatch.base")
        self.assert_absent(self.made)
        write(self.old, bytes(len(old)))
        self.apply(code=0)
        self.assertEqual(read(self.made), new)

    def test_a_wrong_base_is_no_reason_to_lose_what_it_would_replace(self):
        self.diff(code=0)
        wrong = bytes(byte ^ 0x5A for byte in read(self.old))
        write(self.old, wrong)
        self.delta("apply", self.old, self.patch, self.old, "--force", error="mismatch.base")
        self.assertEqual(read(self.old), wrong)

    def test_a_wrong_base_is_told_by_one_byte_that_is_copied(self):
        self.diff(code=0)
        wrong = bytearray(read(self.old))
        wrong[100] ^= 1
        write(self.old, wrong)
        told = self.apply(error="mismatch.base")
        self.assertIn("expected", told.err)
        self.assert_absent(self.made)

    def test_damage_is_told_from_a_wrong_base(self):
        self.diff(code=0)
        damaged = bytearray(read(self.patch))
        damaged[len(damaged) // 2] ^= 0x41
        write(self.patch, damaged)
        self.apply(error="corrupt.payload")
        self.assert_absent(self.made)
        write(self.old, bytes(byte ^ 0x5A for byte in read(self.old)))
        self.apply(error="mismatch.base")
        self.assert_absent(self.made)

    def test_a_base_that_is_no_file_is_refused(self):
        self.diff(code=0)
        os.remove(self.old)
        self.apply(error="mismatch.base")
        os.mkdir(self.old)
        self.apply(error="mismatch.base")
        self.assert_absent(self.made)

    def test_a_damaged_patch_is_refused_and_leaves_nothing(self):
        self.diff(code=0)
        whole = read(self.patch)
        for place in (*range(0, 110, 3), *range(110, len(whole), len(whole) // 40)):
            damaged = bytearray(whole)
            damaged[place] ^= 0x41
            write(self.patch, damaged)
            told = self.apply()
            # A bound on memory that is larger than it need be does no harm, nor does the digest of
            # an old file that makes what it should.
            if told.error:
                self.assertIn(told.error, ("corrupt.payload", "mismatch.base", "limit.exceeded",
                                           "unsupported.format"), told)
                self.assert_absent(self.made)
            else:
                self.assertEqual(read(self.made), read(self.new), place)
                os.remove(self.made)
        for size in (0, 1, 11, 95, len(whole) - 1):
            write(self.patch, whole[:size])
            self.apply(error="corrupt.payload")
            self.assert_absent(self.made)
        write(self.patch, whole + b"!")
        self.apply(error="corrupt.payload")

    def test_what_is_there_is_kept_unless_it_may_be_replaced(self):
        self.diff(code=0)
        write(self.made, "mine")
        self.apply(error="output.exists")
        self.assertEqual(read(self.made), b"mine")
        self.diff(error="output.exists")
        self.apply("--force", code=0)
        self.assertEqual(read(self.made), read(self.new))
        os.remove(self.made)
        os.mkdir(self.made)
        self.apply("--force", error="output.exists")
        os.rmdir(self.made)
        os.symlink("nowhere", self.made)
        self.apply("--force", error="output.exists")
        self.assertEqual(os.readlink(self.made), "nowhere")

    def mode(self, path):
        return stat.S_IMODE(os.stat(path).st_mode)

    def test_nobody_reads_a_patch_who_may_not_read_what_it_was_made_of(self):
        for old, new, patch in ((0o644, 0o644, 0o644), (0o600, 0o644, 0o600), (0o644, 0o640, 0o640),
                                (0o755, 0o700, 0o600)):
            os.chmod(self.old, old)
            os.chmod(self.new, new)
            self.diff("--force", code=0)
            self.assertEqual(self.mode(self.patch), patch)
            os.remove(self.patch)

    def test_what_is_replaced_gets_no_further_readers(self):
        self.diff(code=0)
        for path in (self.patch, self.made):
            write(path, "mine")
            os.chmod(path, 0o600)
        self.diff("--force", code=0)
        self.apply("--force", code=0)
        self.assertEqual((self.mode(self.patch), self.mode(self.made)), (0o600, 0o600))

    def test_a_file_may_be_replaced_by_what_is_made_from_it(self):
        new = read(self.new)
        self.diff(code=0)
        self.delta("apply", self.old, self.patch, self.old, "--force", code=0)
        self.assertEqual(read(self.old), new)

    def test_what_a_killed_run_left_is_cleared_away(self):
        write(self.patch + ".xppkg-part", "half")
        self.diff(code=0)
        os.mkdir(self.made + ".xppkg-part")
        self.apply(code=0)
        self.assertEqual(sorted(os.listdir(self.folder)), ["made", "new", "old", "patch"])

    def test_a_cancelled_run_leaves_nothing(self):
        write(self.new, noise(5, 30_000_000))
        process = start("xppkg-delta", "diff", "--progress", "json", self.old, self.new, self.patch)
        wait_until(lambda: '"diff"' in process.stderr.readline())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertIn("[cancelled]", err)
        self.assertEqual((process.returncode, out), (1, ""))
        self.assert_absent(self.patch)

    def test_things_that_are_not_there_or_not_of_a_kind_exit_2(self):
        os.mkdir(self.path("folder"))
        for old, new in (("old", "nothing"), ("nothing", "new"), ("old", "folder"),
                         ("folder", "new"), ("/dev/null", "new")):
            self.delta("diff", self.path(old), self.path(new), self.patch, error="usage.invalid")
            self.assert_absent(self.patch)
        for words in (["--level", 0], ["--level", 23], ["--threads", 0], ["--format", "zip"]):
            self.diff(*words, error="usage.invalid")
        self.delta("show", self.path("nothing"), error="io.failed")
        self.apply(error="io.failed")

    def test_other_data_is_not_taken_for_a_patch(self):
        for data in (b"", b"x", noise(1, 500), b"xppkg\x1a" + bytes(24)):
            write(self.patch, data)
            self.apply(error="corrupt.payload")
            self.delta("show", self.patch, error="corrupt.payload")

    def test_json_and_progress_are_clean(self):
        made = self.diff("--json", code=0)
        self.assertEqual(made.err, "")
        self.assertEqual(made.json, {
            "kind": "file", "format": "xppkg", "old_bytes": os.path.getsize(self.old),
            "new_bytes": os.path.getsize(self.new), "patch_bytes": os.path.getsize(self.patch)})
        made = self.apply("--json", "--progress=json", code=0)
        self.assertEqual(made.json, {"kind": "file", "format": "xppkg", "files": 1,
                                     "bytes": os.path.getsize(self.new), "verified": True})
        stages = {json.loads(line)["stage"] for line in made.err.splitlines()}
        self.assertEqual(stages, {"prepare"})

    def test_show_adds_up_to_the_patch(self):
        self.diff(code=0)
        shown = self.delta("show", "--json", self.patch, code=0).json
        size = os.path.getsize(self.patch)
        self.assertEqual(shown["bytes"], size)
        self.assertEqual(shown["header_bytes"] + sum(s["size"] for s in shown["segments"]), size)
        self.assertEqual(shown["old_parts"], [{"file": 0, "size": os.path.getsize(self.old)}])
        self.assertEqual(shown["new_parts"], [{"file": 0, "size": os.path.getsize(self.new)}])
        self.assertEqual(sum(s["output"] for s in shown["segments"]), os.path.getsize(self.new))

    def test_german_is_spoken(self):
        self.assertIn("machen", self.diff("--lang", "de", code=0).err)
        self.assertIn("wie es der Patch sagt", self.apply("--lang", "de", code=0).err)
        self.assertIn("Patch einer Datei", self.delta("show", self.patch, "--lang=de", code=0).out)


class Folders(DeltaCase):
    def check_round_trip(self, old_tree, new_tree):
        """Both ways; the size of the way forward."""
        places = [make_tree(self.path(name), tree)
                  for name, tree in (("old", old_tree), ("new", new_tree))]
        sizes = []
        for number, (old, new) in enumerate((places, places[::-1])):
            patch, made = self.path(f"patch{number}"), self.path(f"made{number}")
            sizes.append(self.delta("diff", old, new, patch, "--json", code=0).json["patch_bytes"])
            self.delta("apply", old, patch, made, code=0)
            self.assertEqual(snapshot(made), snapshot(new))
        return sizes[0]

    def test_a_release_comes_back_with_modes_links_and_empty_folders(self):
        self.check_round_trip(release_tree(OLD), release_tree(NEW))

    def test_empty_folders_come_back(self):
        self.check_round_trip({}, {"a/b": Folder(), "c": Folder(0o700)})

    def test_an_empty_tree_makes_an_empty_tree(self):
        self.check_round_trip({}, {})

    def test_empty_and_equal_files_come_back(self):
        self.check_round_trip({"a": "", "b": "same", "c": "other"},
                              {"a": "", "z": "", "b": "same", "copies/1": "same",
                               "new/1": noise(1, 999), "new/2": noise(1, 999)})

    def test_renamed_and_moved_files_cost_little(self):
        old = {f"{i}.dat": noise(i, 20_000) for i in range(10)}
        moved = {f"deep/down/{i} renamed": noise(i, 20_000) for i in range(10)}
        self.assertLess(self.check_round_trip(old, moved), 1_500)

    def test_a_file_that_is_renamed_and_changed_costs_little(self):
        self.assertLess(self.check_round_trip({"a": noise(1, 50_000)},
                                              {"b": edited(noise(1, 50_000), 2)}), 900)

    def test_a_patch_lists_only_old_files_that_it_copies_from(self):
        kept = {f"{i:03}.dat": noise(i, 2_000) for i in range(300)}
        new_path = {"new": edited(noise(7, 2_000), 1_000) + noise(299, 1_000)}
        self.check_round_trip(kept, kept | new_path)
        patches = [self.delta("show", "--json", self.path(patch), code=0).json
                   for patch in ("patch0", "patch1")]
        index, *files = patches[0]["old_parts"]
        self.assertTrue(index["tree_index"])
        self.assertEqual(files, [{"file": i, "size": 2_000} for i in (7, 299)])
        self.assertEqual([len(patch["new_parts"]) for patch in patches], [2, 1])

    def test_of_files_that_nothing_is_copied_from_those_that_go_are_listed(self):
        self.check_round_trip({"a": noise(1, 5_000), "stays": noise(3, 6_000)},
                              {"b": noise(2, 5_000), "stays": noise(3, 6_000)})
        shown = self.delta("show", "--json", self.path("patch0"), code=0).json
        _, *files = shown["old_parts"]
        self.assertEqual(files, [{"file": 0, "size": 5_000}])

    def test_kinds_may_change_into_each_other(self):
        self.check_round_trip({"a": "file", "b": Folder(), "c": Link("a"), "d/e": "x"},
                              {"a": Link("c"), "b": "file", "c": Folder(), "d": "file"})

    def test_modes_alone_make_a_patch(self):
        self.check_round_trip({"a": "x", "b": "y"}, {"a": Program(b"x"), "b": ReadOnly(b"y")})

    def test_folders_that_nobody_may_write_come_back(self):
        old = make_tree(self.path("old"), {"locked/file": "x", "locked/deeper/file": "y"})
        new = make_tree(self.path("new"), {"locked/file": "z", "locked/deeper/file": "y"})
        for place in ("locked/deeper", "locked"):
            os.chmod(os.path.join(new, place), 0o555)
        self.delta("diff", old, new, self.path("p"), code=0)
        self.delta("apply", old, self.path("p"), self.path("made"), code=0)
        self.assertEqual(snapshot(self.path("made")), snapshot(new))

    def make_patch(self):
        self.old = make_tree(self.path("old"), release_tree(OLD))
        self.new = make_tree(self.path("new"), release_tree(NEW))
        self.patch, self.made = self.path("patch"), self.path("made")
        self.delta("diff", self.old, self.new, self.patch, code=0)

    def apply(self, *words, **options):
        return self.delta("apply", self.old, self.patch, self.made, *words, **options)

    def test_a_wrong_base_is_refused_before_anything_is_written(self):
        self.make_patch()
        changes = [lambda: write(os.path.join(self.old, "settings.ini"), "changed"),
                   lambda: os.remove(os.path.join(self.old, "settings.ini")),
                   lambda: write(os.path.join(self.old, "one more"), ""),
                   lambda: os.chmod(os.path.join(self.old, "bin/app"), 0o600),
                   lambda: shutil.rmtree(self.old),
                   lambda: write(self.old, "a file")]
        for change in changes:
            change()
            self.apply(error="mismatch.base")
            self.assert_absent(self.made)

    def test_a_damaged_patch_is_refused_and_leaves_nothing(self):
        self.make_patch()
        whole = read(self.patch)
        refused = 0
        for place in (*range(0, 140, 7), *range(140, len(whole), len(whole) // 25)):
            damaged = bytearray(whole)
            damaged[place] ^= 0x41
            write(self.patch, damaged)
            if self.apply().code == 0:
                self.assertEqual(snapshot(self.made), snapshot(self.new), place)
                shutil.rmtree(self.made)
            else:
                refused += 1
                self.assert_absent(self.made)
        self.assertGreater(refused, 30)

    def test_what_is_there_is_kept_even_by_force(self):
        self.make_patch()
        os.mkdir(self.made)
        self.apply(error="output.exists")
        self.apply("--force", error="output.exists")
        self.assertEqual(os.listdir(self.made), [])
        os.rmdir(self.made)
        write(self.made, "mine")
        self.apply("--force", error="output.exists")
        self.assertEqual(read(self.made), b"mine")

    def test_unsafe_trees_have_no_patch(self):
        old = make_tree(self.path("old"), {"a": "x"})
        for number, tree in enumerate(({"out": Link("../outside")}, {"Case": "x", "case": "y"},
                                       {"con": "x"}, {".xppkg/state": "x"})):
            new = make_tree(self.path(str(number)), tree)
            told = self.delta("diff", old, new, self.path("p"))
            self.assertIn(told.error, ("tree.unsafe-name", "tree.unsafe-entry"), told)
            self.assert_absent(self.path("p"))

    def test_a_cancelled_apply_leaves_nothing(self):
        old = make_tree(self.path("old"), {"a": noise(1, 1000)})
        new = make_tree(self.path("new"), {f"{i}": noise(i, 3_000_000) for i in range(20)})
        self.delta("diff", old, new, self.path("p"), "--level", 1, code=0)
        process = start("xppkg-delta", "apply", "--progress", "json", old, self.path("p"),
                        self.path("made"))
        wait_until(lambda: '"stage"' in process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, err)
        self.assertIn("[cancelled]", err)
        self.assert_absent(self.path("made"))

    def test_names_with_a_slash_at_the_end_mean_the_same(self):
        self.make_patch()
        self.delta("apply", self.old + "/", self.patch, self.made + "/", code=0)
        self.assertEqual(snapshot(self.made), snapshot(self.new))

    def test_show_tells_what_a_folder_patch_holds(self):
        self.make_patch()
        shown = self.delta("show", "--json", self.patch, code=0).json
        self.assertEqual(shown["kind"], "folder")
        self.assertIn("tree_index", shown["new_parts"][0])
        self.assertIn("patch of a folder", self.delta("show", self.patch, code=0).out)


if __name__ == "__main__":
    unittest.main(verbosity=1)
