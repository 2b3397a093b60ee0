#!/usr/bin/env python3
"""Takes each check of mutations.py out in turn and sees whether a test notices.

run.py SOURCE SCRATCH [WORD …]: works in a copy of SOURCE below SCRATCH; with words only mutations
whose file or check holds one of them. Prints a row for each, ends with 1 if a mutant survives.
"""
import pathlib
import re
import shutil
import subprocess
import sys

from mutations import MUTATIONS, SUITES

PROGRAMS = {"trust": "tests/trust/trust-tests", "unit": "tests/unit/unit-tests",
            "client": "tests/client/client-tests", "site": "tests/site/site-tests"}
# Only the unit tests of rooms that the list is about: the others wait for the disk.
ARGUMENTS = {"unit": ["--run_test=authorship,base,json,manifest,catalogue,entries,version,beneath"]}
SECONDS = 300  # A mutant may loop for ever; that too is noticed.
# Quick to compile; what the compiler makes of the checks is not the question here.
OPTIONS = ["-Dbuildtype=plain", "-Doptimization=0", "-Ddebug=false", "-Dwerror=false"]
FOLDERS = ("include", "manifests", "src", "tests", "tools", "benchmarks")
FILES = ("meson.build", "meson_options.txt", "README.md")


class Scratch:
    def __init__(self, source, folder):
        self.source, self.tree, self.build = source, folder / "tree", folder / "build"

    def refresh(self):
        """Copies what differs, so that a second run compiles only that."""
        for place in [self.source / name for name in FILES] + [
                path for folder in FOLDERS for path in (self.source / folder).rglob("*")]:
            target = self.tree / place.relative_to(self.source)
            if place.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            elif not target.exists() or target.read_bytes() != place.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(place, target)
        if not (self.build / "build.ninja").exists():
            subprocess.run(["meson", "setup", self.build, self.tree, *OPTIONS], check=True,
                           stdout=subprocess.DEVNULL)

    def compiles(self, suite):
        made = subprocess.run(["ninja", "-C", self.build, PROGRAMS[suite]], capture_output=True,
                              text=True)
        if made.returncode:
            print(made.stdout[-3000:], file=sys.stderr)
        return made.returncode == 0

    def failure(self, suite):
        """The suite's finding: the name of a failed test, another end, or nothing."""
        try:
            run = subprocess.run([self.build / PROGRAMS[suite], "--color_output=no",
                                  *ARGUMENTS.get(suite, [])], capture_output=True,
                                 encoding="utf-8", errors="replace", timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return "ran for ever"
        if run.returncode == 0:
            return ""
        found = re.search(r'in "([\w/-]+)"', run.stdout + run.stderr)
        if not found:
            return f"ended with {run.returncode}"
        # The runs of one test with several data are numbered below its name.
        return re.sub(r"/_\d+$", "", found.group(1)).split("/")[-1]

    def noticed_by(self, mutation, suites):
        """The name of a test that fails with the mutation, or nothing."""
        place = self.tree / mutation.file
        original = place.read_text(encoding="utf-8")
        place.write_text(original.replace(mutation.text, mutation.replacement), encoding="utf-8")
        try:
            for suite in suites:
                if not self.compiles(suite):
                    raise SystemExit(f"mutate: does not compile: {mutation.file}: {mutation.check}")
                if name := self.failure(suite):
                    return name
            return ""
        finally:
            place.write_text(original, encoding="utf-8")


def suites_of(file):
    return SUITES[max((prefix for prefix in SUITES if file.startswith(prefix)), key=len)]


def main():
    source, folder, words = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    chosen = [mutation for mutation in MUTATIONS
              if not words or any(word in mutation.file + mutation.check for word in words)]
    scratch = Scratch(source.resolve(), folder.resolve())
    scratch.refresh()
    for suite in sorted({suite for mutation in chosen for suite in suites_of(mutation.file)}):
        if not scratch.compiles(suite) or scratch.failure(suite):
            raise SystemExit(f"mutate: suite {suite} fails with all checks in place")
    survivors = []
    print("| file | check that was taken out | test that failed |\n| --- | --- | --- |", flush=True)
    for mutation in chosen:
        name = scratch.noticed_by(mutation, suites_of(mutation.file))
        if not name:
            survivors.append(mutation)
        print(f"| {mutation.file} | {mutation.check} | {name or '**none**'} |", flush=True)
    print(f"\n{len(chosen)} checks taken out, {len(chosen) - len(survivors)} noticed by a test, "
          f"{len(survivors)} by none")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
