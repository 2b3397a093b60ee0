#!/usr/bin/env python3
"""Measures, and writes what was measured into docs/figures.md and into the pages that copy from it.

figures.py BUILD [NAME …]  measures these sections; without a name, every benchmark of Meson
figures.py --copy          writes only the copies anew
figures.py --check         exit status 1 where a copy is not what docs/figures.md says

A section stands between <!-- figures NAME --> and <!-- end -->: what the benchmark of that name
printed. <!-- figures NAME: COMMAND --> is measured by that command, and only when it is named, since
it takes long. The table at the top of the page has a row for each section: when, where and of which
commit it was measured. A benchmark that fails, such as one that is over its bound, changes nothing.

Another page copies a section between <!-- copy NAME --> and <!-- end -->, or, as
<!-- copy NAME: PAIR; PAIR; … -->, makes a short table of these pairs of patches.
"""
import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

ROOT = pathlib.Path(os.environ.get("XPPKG_FIGURES_ROOT", pathlib.Path(__file__).parents[1]))
PAGE = ROOT / "docs/figures.md"
COPIES = [ROOT / "README.md"]
SECTION = re.compile(r"(?<=^<!-- figures )([\w-]+)(?:: (.*?))? -->\n(.*?)(?=^<!-- end -->$)",
                     re.M | re.S)
COPY = re.compile(r"(?<=^<!-- copy )([\w-]+)(?:: (.*?))? -->\n(.*?)(?=^<!-- end -->$)", re.M | re.S)
OURS, PEER = "xppkg-delta", "bsdiff"
SKIPPED = 77
WAS_BUSY = os.getloadavg()[0] > 0.5 * os.cpu_count()  # before anything is measured


def read(page):
    return page.read_text(encoding="utf-8")


def git(*words):
    return subprocess.run(["git", "-C", ROOT, *words], check=True, text=True,
                          capture_output=True).stdout.strip()


def commit():
    """`+`: with changes that were not committed; those of documents do not count."""
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!*.md")
    return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def machine():
    model = platform.processor() or platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    words = f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB"
    return words + (", busy with other work" if WAS_BUSY else "")


def benchmarks(build):
    """{name: command} of Meson's benchmarks."""
    found = subprocess.run(["meson", "introspect", "--benchmarks", build], check=True, text=True,
                           capture_output=True).stdout
    return {each["name"]: each["cmd"] for each in json.loads(found)}


def run(command):
    """(status, what it printed); people see that meanwhile."""
    lines = []
    words = {"args": command} if isinstance(command, list) else {"args": ["sh", "-c", command]}
    with subprocess.Popen(**words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    return process.returncode, "\n".join(lines).strip()


def as_markdown(text):
    """Tables for a terminal stand as they are."""
    return f"\n{text}\n\n" if re.search(r"^\| ", text, re.M) else f"\n```text\n{text}\n```\n\n"


def with_section(page, name, text):
    def replaced(match):
        if match.group(1) != name:
            return match.group(0)
        head = match.group(0)[:len(match.group(0)) - len(match.group(3))]
        return head + as_markdown(text)
    return SECTION.sub(replaced, page)


def with_row(page, name):
    """The row of a section in the table at the top, measured here and now."""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    row = f"| {name} | {today} | `{commit()}` | {machine()} |"
    return re.sub(rf"^\| {re.escape(name)} \| .*$", lambda _: row, page, count=1, flags=re.M)


def measure(build, names):
    """False if one failed."""
    known = benchmarks(build)
    by_hand = {name: command for name, command, _ in SECTION.findall(read(PAGE)) if command}
    is_well = True
    for name in names or known:
        command = known.get(name) or by_hand.get(name)
        if command is None:
            sys.exit(f"figures: there is no section {name}; there are {', '.join({**known, **by_hand})}")
        print(f"figures: {name}", file=sys.stderr)
        status, text = run(command)
        if status == SKIPPED:
            print(f"figures: {name} was skipped", file=sys.stderr)
            continue
        if status:
            print(f"figures: {name} failed; its figures stay as they were", file=sys.stderr)
            is_well = False
            continue
        PAGE.write_text(with_row(with_section(read(PAGE), name, text), name), encoding="utf-8")
    return is_well


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def short_table(section, pairs):
    """The cost of patches beside a peer: a row for each pair."""
    sizes = {}
    for line in section.splitlines():
        row = cells(line)
        if len(row) > 3 and row[2].split(" (")[0] in (OURS, PEER):
            sizes.setdefault(row[0], {})[row[2].split(" (")[0]] = row[3]
    lines = [f"| from one real release to the next | `{OURS}`, bytes | `{PEER}`, bytes |",
             "| --- | ---: | ---: |"]
    for pair in pairs:
        if set(sizes.get(pair, {})) != {OURS, PEER}:
            sys.exit(f"figures: the section has no pair {pair}")
        lines.append(f"| {pair} | {sizes[pair][OURS]} | {sizes[pair][PEER]} |")
    return "\n" + "\n".join(lines) + "\n\n"


def with_copies(page):
    sections = {name: text for name, _, text in SECTION.findall(read(PAGE))}

    def copied(match):
        name, pairs, old = match.groups()
        if name not in sections:
            sys.exit(f"figures: docs/figures.md has no section {name}")
        text = short_table(sections[name], pairs.split("; ")) if pairs else sections[name]
        return match.group(0)[:len(match.group(0)) - len(old)] + text
    return COPY.sub(copied, page)


def main():
    words = sys.argv[1:]
    is_well = True
    if not words or words[0] in ("-h", "--help"):
        sys.exit(__doc__)
    if words == ["--check"]:
        wrong = [page.name for page in COPIES if with_copies(read(page)) != read(page)]
        sys.exit(f"figures: not as in docs/figures.md: {', '.join(wrong)}" if wrong else 0)
    if words != ["--copy"]:
        is_well = measure(*words[:1], words[1:])
    for page in COPIES:
        page.write_text(with_copies(read(page)), encoding="utf-8")
    sys.exit(0 if is_well else 1)


main()
