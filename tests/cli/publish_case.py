"""Shared by the tests of xppkg-release."""

import os
import shutil

from xppkg_case import Program, XppkgCase, edited, make_tree, noise, snapshot


class PublishCase(XppkgCase):
    def tree(self, version, size=20_000):
        path = self.path("tree-" + version)
        if not os.path.exists(path):
            program = edited(noise(1, size), version)
            make_tree(path, {"bin/app": Program(program), "news.txt": version * 30})
        return path

    def show(self, repo):
        return self.release_tool("--json", "show", repo, code=0).json["packages"]

    def versions(self, repo):
        return [release["version"] for package in self.show(repo)
                for release in package["releases"]]

    def published_files(self, repo):
        return snapshot(repo, without=(".work",))

    def assert_serves(self, repo, version):
        """A new client installs this version as its newest."""
        folder = self.path("client")
        self.init(folder, f"file:{repo}", root=f"{repo}/root.json", code=0)
        self.xppkg(folder, "install", code=0)
        self.assert_same(snapshot(folder), snapshot(self.tree(version)))
        shutil.rmtree(folder)
