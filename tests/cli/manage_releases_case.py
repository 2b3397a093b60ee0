"""Shared by the tests of xppkg-release after publishing."""

import os

from publish_case import PublishCase
from xppkg_case import make_tree, noise, snapshot


class ManageReleasesCase(PublishCase):
    def repository(self, *versions, words=()):
        repo = self.make_repository()
        for version in versions:
            self.add(repo, version, self.tree(version), *words, code=0)
        return repo

    def manage(self, verb, repo, *words, **options):
        return self.release_tool("--json", verb, repo, "--package", "app", *words, **options)

    def workstation(self, repo, version, name="pc", words=()):
        folder = self.path(name)
        self.init(folder, f"file:{repo}", root=f"{repo}/root.json", words=words, code=0)
        self.xppkg(folder, "install", version, code=0)
        return folder

    def release_of(self, repo, version):
        return next(release for package in self.show(repo) for release in package["releases"]
                    if release["version"] == version)

    def offered(self, repo):
        return [release["version"] for package in self.show(repo)
                for release in package["releases"] if not release["withdrawn"]]

    def assert_payloads_are_gone(self, repo, place):
        """The manifest stays: who has the release repairs the list of its files by it."""
        names = os.listdir(os.path.join(repo, "targets/app", place))
        self.assertEqual([name.partition(".")[2] for name in names], ["manifest.json"])

    def assert_runs(self, folder, version):
        self.assert_same(snapshot(folder), snapshot(self.tree(version)))

    def unchanged(self, repo):
        return _Unchanged(self, repo)


class _Unchanged:
    def __init__(self, case, repo):
        self._case, self._repo = case, repo

    def __enter__(self):
        self._before = self._case.published_files(self._repo)

    def __exit__(self, kind, *_):
        if kind is None:
            self._case.assert_same(self._case.published_files(self._repo), self._before)


def names(count):
    return [str(number) for number in range(1, count + 1)]


class PruneCase(PublishCase):
    def repository(self, count):
        repo = self.make_repository()
        for version in names(count):
            self.add(repo, version, self.tree(version), code=0)
        return repo

    def tree(self, version, size=6_000):
        """Every release has a part of its own, so that no delta costs nothing."""
        path = self.path("tree-" + version)
        if not os.path.exists(path):
            parts = {f"part-{number}": noise(number, 500) for number in range(int(version))}
            make_tree(path, {"app": noise(99, size), **parts})
        return path

    def prune(self, repo, keep, *words, **options):
        return self.release_tool("--json", "prune", repo, "--package", "app", "--keep", keep,
                                 *words, **{"code": 0, **options}).json

    def workstations(self, repo, versions):
        folders = {}
        for version in versions:
            folders[version] = self.path("pc-" + version)
            self.init(folders[version], f"file:{repo}", root=f"{repo}/root.json", code=0)
            self.xppkg(folders[version], "install", version, code=0)
        return folders

    def costs(self, folders):
        """{(from, to): bytes} of every plan between the installed versions."""
        return {(start, end): self.xppkg(folder, "--json", "plan", "--to", end, code=0).json["bytes"]
                for start, folder in folders.items() for end in folders if start != end}

    def disk_files(self, repo):
        return {path: found for path, found in self.published_files(repo).items()
                if found[0] == "file"}
