#!/usr/bin/env python3
"""Measures what verification costs, beside tuf-js in turn (A B A B …): a refresh that finds nothing
new, and one target among 10,000 of a role. Fails where a ratio to the peer of the same run is over
its bound.

trust.py BUILD SUPPORT: SUPPORT is tests/support
"""
import os
import pathlib
import shutil
import sys
import tempfile

from measure import measure, median, quiet

BUILD = pathlib.Path(sys.argv[1]).resolve()
sys.path.insert(0, sys.argv[2])
import tuf_js  # noqa: E402  (tests/support)
from http_folder import HttpFolder  # noqa: E402

XPPKG = BUILD / "src/cli/xppkg"
XPPKG_RELEASE = BUILD / "tools/xppkg-release/xppkg-release"
TUF_CLIENT = BUILD / "tests/trust/xppkg-tuf-client"
MANY_TARGETS = BUILD / "benchmarks/many-targets"
RUNS = 5
TARGETS = 10_000
# Bounds on any machine: ours / theirs.
MOST_REQUESTS = 1.0
MOST_BYTES = 1.0
MOST_CPU = 0.5
MOST_MEMORY = 0.75


class TufClient:
    """Our trust room's workflow and nothing of xppkg's own on top."""
    name = "xppkg-tuf-client"

    def __init__(self, work, url, root):
        self.work, self.url = work / "ours", url
        self.metadata = self.work / "metadata"
        self.metadata.mkdir(parents=True)
        quiet(TUF_CLIENT, "--metadata-dir", self.metadata, "init", root)

    def refresh(self):
        return measure(TUF_CLIENT, "--metadata-dir", self.metadata, "--metadata-url",
                       f"{self.url}/metadata", "refresh")

    def download(self, path):
        return measure(TUF_CLIENT, "--metadata-dir", self.metadata, "--metadata-url",
                       f"{self.url}/metadata", "--target-dir", self.work / "targets",
                       "--target-base-url", f"{self.url}/targets", "--target-name", path,
                       "download")


class TufJs:
    name = "tuf-js"

    def __init__(self, work, url, root, modules):
        self.work, self.url, self.modules = work / "tuf-js", url, modules
        self.metadata, self.targets = self.work / "metadata", self.work / "targets"
        self.metadata.mkdir(parents=True)
        self.targets.mkdir()
        shutil.copy(root, self.metadata / "root.json")

    def refresh(self, *targets):
        return measure(*tuf_js.command(self.modules, self.metadata, self.url, self.targets,
                                       *targets))

    def download(self, path):
        return self.refresh(path)


class Xppkg:
    name = "xppkg check"

    def __init__(self, work, url, root):
        self.folder = work / "app"
        quiet(XPPKG, "-C", self.folder, "init", "--source", url, "--root", root, "--package", "app")
        quiet(XPPKG, "-C", self.folder, "install")

    def refresh(self):
        return measure(XPPKG, "-C", self.folder, "check")


def in_turn(server, clients, run, runs):
    """{name: (requests, bytes, wall, cpu, memory)}: medians of so many runs of each."""
    rows = {client.name: [] for client in clients}
    for _ in range(runs):
        for client in clients:
            server.forget()
            figures = run(client)
            rows[client.name].append((len(server.requests), server.bytes, *figures))
    return {name: median(values) for name, values in rows.items()}


def table(title, figures):
    print(f"\n{title}\n")
    print("| program | requests | bytes | wall ms | cpu ms | peak MB |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, (requests, size, wall, cpu, memory) in figures.items():
        print(f"| {name} | {requests:.0f} | {size:,.0f} | {wall * 1000:.0f} | {cpu * 1000:.0f} | "
              f"{memory:.0f} |")


def nothing_new(work, modules):
    tree, repository = work / "tree", work / "repository"
    tree.mkdir()
    (tree / "news.txt").write_text("nothing\n")
    quiet(XPPKG_RELEASE, "init", repository, "--quick-passphrase")
    quiet(XPPKG_RELEASE, "add", repository, "--package", "app", "--version", "1", tree)
    root = repository / "root.json"
    with HttpFolder(repository) as server:
        clients = [Xppkg(work, server.url, root), TufClient(work, server.url, root)]
        if modules:
            clients.append(TufJs(work, server.url, root, modules))
        for client in clients:
            client.refresh()
        return in_turn(server, clients, lambda client: client.refresh(), RUNS)


def many_targets(work, modules):
    repository = work / "many-repository"
    path = os.popen(f"'{MANY_TARGETS}' '{repository}' {TARGETS}").read().strip()
    size = (repository / "metadata/1.app.json").stat().st_size
    root = repository / "metadata/1.root.json"
    with HttpFolder(repository) as server:
        clients = [TufClient(work / "many", server.url, root)]
        if modules:
            clients.append(TufJs(work / "many", server.url, root, modules))
        # Once: what tuf-js does grows with the square of the number of targets.
        return size, in_turn(server, clients, lambda client: client.download(path), 1)


def main():
    os.environ["XPPKG_PASSPHRASE"] = "benchmark"
    try:
        modules = tuf_js.install(BUILD / "tests/interop/tuf-js")
    except tuf_js.Absent as reason:
        print(f"Not compared with tuf-js: {reason}")
        modules = None
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        small = nothing_new(pathlib.Path(folder), modules)
        size, large = many_targets(pathlib.Path(folder), modules)
    table("a refresh that finds nothing new", small)
    table(f"one target of a role of {TARGETS:,} ({size:,} bytes), by a new client", large)
    if not modules:
        sys.exit(77)
    over = []

    def bound(what, figures, name, column, most):
        ratio = figures[name][column] / figures["tuf-js"][column]
        if ratio > most:
            over.append(f"{what}: {name}: {ratio:.2f} times tuf-js, at most {most}")

    for name in ("xppkg check", "xppkg-tuf-client"):
        for what, column, most in (("requests", 0, MOST_REQUESTS), ("bytes", 1, MOST_BYTES),
                                   ("cpu", 3, MOST_CPU)):
            bound(f"nothing new: {what}", small, name, column, most)
    bound("many targets: cpu", large, "xppkg-tuf-client", 3, MOST_CPU)
    bound("many targets: memory", large, "xppkg-tuf-client", 4, MOST_MEMORY)
    for line in over:
        print(f"over its bound: {line}")
    sys.exit(1 if over else 0)


main()
