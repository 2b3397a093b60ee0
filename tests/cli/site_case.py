"""A site: several install folders that share one database, and a vendor who may be out of reach."""

import json
import os

from xppkg_case import OLD, XppkgCase

MARK = ("sh", "-c", "echo ran")  # A program that tells that it was started.


class SiteCase(XppkgCase):
    def setUp(self):
        super().setUp()
        self.repo = self.copy_of_published()

    def database(self):
        return f"sqlite:{self.path('site.db')}"

    def workstation(self, name, version=OLD):
        """An install folder of the site, with this version."""
        return self.install(version, name=name, sources=[f"file:{self.repo}"],
                            root=os.path.join(self.repo, "root.json"),
                            words=["--database", self.database(), "--workstation", name])

    def cut_off_the_vendor(self):
        os.rename(self.repo, self.repo + ".away")

    def reconnect_the_vendor(self):
        os.rename(self.repo + ".away", self.repo)

    def gate(self, folder, **options):
        """What the gate says; its exit status says the same."""
        found = self.xppkg(folder, "--json", "gate", **options)
        codes = {"ok": 0, "outdated": 9, "pilot": 10, "unreachable": 11, "held": 12}
        self.assertEqual(found.code, codes[found.json["state"]], found)
        return found.json

    def start(self, folder, *words, **options):
        """Starts a program through xppkg; `ran` says whether it came to that."""
        result = self.xppkg(folder, "start", *words, "--", *MARK, **options)
        result.ran = result.out == "ran\n"
        return result

    def fleet(self, folder):
        found = self.xppkg(folder, "--json", "fleet", code=0).json
        return {item["workstation"]: item for item in found["workstations"]}

    def installed(self, folder):
        with open(os.path.join(folder, ".xppkg/installed.json"), encoding="utf-8") as file:
            return json.load(file)["version"]
