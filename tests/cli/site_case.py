"""A site: several install folders that share one database, and a vendor who may be out of reach. The
database is an SQLite file, or a real server: XPPKG_TEST_BACKEND is "postgresql" or "mariadb"."""

import json
import os
import subprocess

from database_servers import BACKENDS, DATABASE
from xppkg_case import OLD, XppkgCase, write

BACKEND = os.environ.get("XPPKG_TEST_BACKEND", "sqlite")
IS_SQLITE = BACKEND == "sqlite"
MARK = ("sh", "-c", "echo ran")  # A program that tells that it was started.

# A new and empty database, whatever was there.
FRESH = {
    "postgresql": "DROP SCHEMA public CASCADE; CREATE SCHEMA public;",
    "mariadb": f"DROP DATABASE {DATABASE}; CREATE DATABASE {DATABASE};",
}
# As many zeros as a part has bytes.
ZEROS = {
    "sqlite": "zeroblob(length(bytes))",
    "postgresql": "decode(repeat('00', length(bytes)), 'hex')",
    "mariadb": "repeat(char(0), length(bytes))",
}


class SiteCase(XppkgCase):
    server = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not IS_SQLITE:
            cls.server = cls.enterClassContext(BACKENDS[BACKEND]())

    def setUp(self):
        super().setUp()
        self.repo = self.copy_of_published()
        self.has_tables = IS_SQLITE
        if self.server:
            self.server.sql(FRESH[BACKEND])

    def database(self):
        return self.server.url() if self.server else f"sqlite:{self.path('site.db')}"

    def sql(self, text):
        """Runs a statement as one who may do everything; what it prints."""
        if self.server:
            return self.server.sql(text + ";")
        return subprocess.run(["sqlite3", self.path("site.db"), text], check=True,
                              capture_output=True, encoding="utf-8").stdout

    def hide_the_database(self):
        if self.server:
            self.server.stop()
        else:
            os.rename(self.path("site.db"), self.path("away.db"))

    def bring_the_database_back(self):
        if self.server:
            self.server.start()
        else:
            os.rename(self.path("away.db"), self.path("site.db"))

    def workstation(self, name, version=OLD):
        """An install folder of the site, with this version."""
        folder = self.path(name)
        self.init(folder, f"file:{self.repo}", root=os.path.join(self.repo, "root.json"),
                  words=["--database", self.database(), "--workstation", name], code=0)
        if not self.has_tables:
            self.xppkg(folder, "site", "init", code=0)
            self.has_tables = True
        self.xppkg(folder, "install", version, code=0)
        self.assert_version(folder, version)
        # All users of this workstation ask the server.
        passwords = os.path.join(folder, ".xppkg/passwords.json")
        if os.path.exists(passwords):
            os.chmod(passwords, 0o644)
        return folder

    def undecided(self):
        """A database where nothing was decided, not even that it is there."""
        if IS_SQLITE:
            write(self.path("site.db"), b"")

    def cut_off_the_vendor(self):
        os.rename(self.repo, self.repo + ".away")

    def reconnect_the_vendor(self):
        os.rename(self.repo + ".away", self.repo)

    def gate(self, folder, **options):
        """The gate's verdict; its exit status says the same."""
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
