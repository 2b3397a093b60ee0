#!/usr/bin/env python3
"""Patches between real releases: xppkg-delta beside bsdiff, xdelta3 and zstd --patch-from, and
beside hdiffz where a path to it is given, in turn (A B A B …). Fetches the releases it needs, applies
every patch, compares what comes out, and prints Markdown: size, cpu (user and system) and peak memory
of making and of applying, medians of the runs; then what ours takes in parts of each other one, and
the geometric means of that over the executables and over all pairs.

delta.py BUILD [--releases FOLDER] [--pairs PATTERN] [--only NAME,…] [--runs N] [--hdiffpatch DIR]

Programs for single files run once for each changed file of a folder, a new file is packed by
zstd -19, and files that are the same as an old one cost them nothing; their cpu is the sum, their
memory the most of any file. Unlike these, xppkg-delta makes and checks the whole new folder.
"""
import argparse
import collections
import hashlib
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from measure import measure, median

HERE = pathlib.Path(__file__).resolve().parent
FETCH = HERE.parent / "tools/releases/fetch.sh"
LIST = HERE.parent / "tools/releases/delta.txt"

EXECUTABLES = (".exe", ".so", ".dylib")
FILE_PROGRAMS = ("bsdiff", "xdelta3", "zstd --patch-from")
Pair = collections.namedtuple("Pair", "package old new old_file new_file")
Figures = collections.namedtuple("Figures", "size diff_cpu diff_mb apply_cpu apply_mb")


def pair(package, old, new, old_file=None, new_file=None):
    """A file of two releases, or without a file the whole folders."""
    return Pair(package, old, new, old_file, new_file or old_file)


PAIRS = [
    pair("esbuild", "0.27.5", "0.27.7", "esbuild.exe"),
    pair("esbuild", "0.27.7", "0.28.0", "esbuild.exe"),
    pair("biome", "2.5.13", "2.5.14", "biome.exe"),
    pair("duckdb", "1.5.5-r.5", "1.5.6-r.1", "libduckdb.so"),
    pair("postgres", "17.9.0-beta.17", "17.10.0-beta.17", "native/bin/postgres.exe"),
    pair("node", "26.8.2", "26.9.0", "bin/node.exe"),
    pair("vips", "1.3.3", "1.3.4", "lib/libvips-cpp.8.18.6.dylib", "lib/libvips-cpp.8.18.7.dylib"),
    pair("typescript", "5.9.2", "5.9.3", "lib/typescript.js"),
    pair("typescript", "5.8.3", "5.9.2", "lib/typescript.js"),
    pair("typescript", "5.9.2", "5.9.3"),
    pair("typescript", "5.8.3", "5.9.2"),
    pair("react-dom", "19.2.9", "19.3.0"),
    pair("date-fns", "4.3.0", "4.4.0"),
    pair("core-js", "3.50.0", "3.51.0"),
    pair("postgres", "17.9.0-beta.17", "17.10.0-beta.17"),
    pair("postgres", "16.14.0-beta.17", "17.10.0-beta.17"),
]


class Program:
    """How a program makes and applies the patch of a file, or of a folder too."""

    def __init__(self, name, diff, apply, folders=False):
        self.name, self.diff, self.apply, self.folders = name, diff, apply, folders


def programs(build, hdiffpatch):
    tool = build / "tools/xppkg-delta/xppkg-delta"
    found = [
        Program("xppkg-delta",
                lambda old, new, patch: [tool, "diff", old, new, patch],
                # With one thread, as the others have.
                lambda old, patch, made: [tool, "apply", "--threads", "1", old, patch, made],
                folders=True),
        Program("bsdiff",
                lambda old, new, patch: ["bsdiff", old, new, patch],
                lambda old, patch, made: ["bspatch", old, made, patch]),
        Program("xdelta3",
                lambda old, new, patch: ["xdelta3", "-e", "-9", "-S", "lzma", *window(old),
                                         "-s", old, new, patch],
                lambda old, patch, made: ["xdelta3", "-d", *window(old), "-s", old, patch, made]),
        Program("zstd --patch-from",
                lambda old, new, patch: ["zstd", "-q", "-19", "--long=31", f"--patch-from={old}",
                                         new, "-o", patch],
                lambda old, patch, made: ["zstd", "-q", "-d", "--long=31", "--memory=2048MB",
                                          f"--patch-from={old}", patch, "-o", made]),
    ]
    if hdiffpatch:
        found.append(Program(
            "hdiffz",
            lambda old, new, patch: [hdiffpatch / "hdiffz", "-m-6", "-c-zstd-21-24", "-f",
                                     old, new, patch],
            lambda old, patch, made: [hdiffpatch / "hpatchz", "-f", old, patch, made],
            folders=True))
    return found


def window(old):
    """xdelta3 looks at 64 MB of the old file unless it is told to look at all of it."""
    return ["-B", str(min(max(old.stat().st_size, 1 << 20), (1 << 31) - 1))]


def is_same(left, right):
    words = ["diff", "-r", "-q", "--no-dereference", left, right]
    return subprocess.run(words, stdout=subprocess.DEVNULL, check=False).returncode == 0


def clear(*places):
    for place in places:
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def run_pair(program, old, new, work):
    """One patch, made and applied."""
    patch, made = work / "patch", work / "made"
    clear(patch, made)
    _, diff_cpu, diff_mb = measure(*program.diff(old, new, patch))
    _, apply_cpu, apply_mb = measure(*program.apply(old, patch, made))
    if not is_same(new, made):
        sys.exit(f"benchmark: {program.name} made something else out of {old}")
    return Figures(patch.stat().st_size, diff_cpu, diff_mb, apply_cpu, apply_mb)


def digest(file):
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def files_of(folder):
    return {path.relative_to(folder): path for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink()}


def file_by_file(old, new):
    """[(old file or None, new file)] of what a folder has that the old one has not."""
    before, after = files_of(old), files_of(new)
    known = {digest(path) for path in before.values()}
    return [(before.get(name), path) for name, path in after.items() if digest(path) not in known]


def run_files(program, changes, work):
    """The cost of a program for single files on a folder."""
    fresh = Program("zstd", lambda _, new, patch: ["zstd", "-q", "-19", new, "-o", patch],
                    lambda _, patch, made: ["zstd", "-q", "-d", patch, "-o", made])
    rows = []
    for old, new in changes:
        usable = old is not None and old.stat().st_size and new.stat().st_size
        rows.append(run_pair(program if usable else fresh, old, new, work))
    columns = list(zip(*rows))
    return Figures(*(kind(column) for kind, column in zip((sum, sum, max, sum, max), columns)))


def measure_pair(chosen, wanted, releases, runs):
    """{program: the medians of its runs}."""
    old = releases / wanted.package / wanted.old / (wanted.old_file or "")
    new = releases / wanted.package / wanted.new / (wanted.new_file or "")
    is_folder = wanted.old_file is None
    changes = file_by_file(old, new) if is_folder else []
    rows = {program.name: [] for program in chosen}
    with tempfile.TemporaryDirectory(dir=releases) as work:
        for _ in range(runs):
            for program in chosen:
                if is_folder and not program.folders:
                    figures = run_files(program, changes, pathlib.Path(work))
                else:
                    figures = run_pair(program, old, new, pathlib.Path(work))
                rows[program.name].append(figures)
    return {name: Figures(*median(taken)) for name, taken in rows.items()}


def title(wanted):
    what = pathlib.PurePath(wanted.new_file).name if wanted.new_file else "the folder"
    return f"{wanted.package} {wanted.old} → {wanted.new}, {what}"


def kind_of(wanted):
    if wanted.new_file is None:
        return "folder"
    return "executable" if wanted.new_file.endswith(EXECUTABLES) else "text"


def print_figures(results, runs):
    print(f"\nMedians of {runs} run{'s' if runs > 1 else ''}; cpu is user and system.\n")
    print("| pair | kind | program | patch, bytes | diff cpu s | diff peak MB | apply cpu s "
          "| apply peak MB |\n| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for wanted, figures in results.items():
        for name, found in figures.items():
            mark = " (file by file)" if wanted.old_file is None and name in FILE_PROGRAMS else ""
            print(f"| {title(wanted)} | {kind_of(wanted)} | {name}{mark} | {int(found.size):,} "
                  f"| {found.diff_cpu:.2f} | {found.diff_mb:.0f} | {found.apply_cpu:.2f} "
                  f"| {found.apply_mb:.0f} |")


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def ratio(ours, theirs):
    return max(ours, 0.01) / max(theirs, 0.01)  # The clock of cpu time has no finer steps.


def ratios(ours, theirs):
    return Figures(*map(ratio, ours, theirs))


def print_ratios(results, ours):
    names = list(dict.fromkeys(name for figures in results.values() for name in figures
                               if name != ours))
    if not names or not all(ours in figures for figures in results.values()):
        return
    print(f"\n{ours} in parts of each other one: patch · diff cpu · diff peak · apply cpu · "
          "apply peak.\n")
    print("| pair | kind | " + " | ".join(names) + " |\n| --- | --- |" + " ---: |" * len(names))
    rows = {wanted: [ratios(figures[ours], figures[name]) for name in names]
            for wanted, figures in results.items()}
    for wanted, row in rows.items():
        print_ratio_row(title(wanted), kind_of(wanted), row)
    programs_only = [row for wanted, row in rows.items() if kind_of(wanted) == "executable"]
    for what, chosen in (("executables", programs_only), ("all", list(rows.values()))):
        if chosen:
            means = [Figures(*map(mean, zip(*column))) for column in zip(*chosen)]
            print_ratio_row(f"geometric mean of {len(chosen)}", what, means)


def print_ratio_row(name, what, row):
    cells = (" · ".join(f"{number:.3g}" for number in figures) for figures in row)
    print(f"| {name} | {what} | " + " | ".join(cells) + " |")


def fetch(pairs, releases):
    needed = {(p.package, version) for p in pairs for version in (p.old, p.new)}
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines()
             if not line.startswith("#") and tuple(line.split()[::2]) in needed]
    if len(lines) != len(needed):
        sys.exit(f"benchmark: {LIST} lacks a release")
    releases.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as chosen:
        chosen.write("\n".join(lines) + "\n")
        chosen.flush()
        status = subprocess.run(["sh", FETCH, chosen.name, releases], check=False).returncode
    if status:
        sys.exit(status)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="the build folder")
    parser.add_argument("--releases", type=pathlib.Path,
                        help="where the releases lie or are fetched to (BUILD/releases)")
    parser.add_argument("--pairs", default="", metavar="PATTERN",
                        help="only pairs whose title matches this regular expression")
    parser.add_argument("--only", default="", metavar="NAME,…",
                        help="only these programs; 'ours' is xppkg-delta")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    parser.add_argument("--hdiffpatch", type=pathlib.Path, metavar="DIR",
                        help="folder with hdiffz and hpatchz")
    return parser.parse_args()


def main():
    given = arguments()
    build = given.build.resolve()
    releases = (given.releases or build / "releases").resolve()
    pairs = [p for p in PAIRS if re.search(given.pairs, title(p))]
    chosen = programs(build, given.hdiffpatch and given.hdiffpatch.resolve())
    if given.only:
        names = given.only.replace("ours", chosen[0].name).split(",")
        chosen = [program for program in chosen if program.name in names]
    if not pairs or not chosen or given.runs < 1:
        sys.exit("benchmark: nothing to measure")
    fetch(pairs, releases)
    results = {}
    for wanted in pairs:
        print(f"benchmark: {title(wanted)}", file=sys.stderr)
        results[wanted] = measure_pair(chosen, wanted, releases, given.runs)
    print_figures(results, given.runs)
    print_ratios(results, "xppkg-delta")


main()
