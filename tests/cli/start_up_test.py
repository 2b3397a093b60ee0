"""What `xppkg` loads at its start: the gate is passed at each start of an application."""

import os
import re
import shutil
import subprocess
import unittest

from site_case import SiteCase
from xppkg_case import ENVIRONMENT, NEW

# Web, TLS, and the databases' own libraries.
HEAVY = re.compile(r"lib(Poco|ssl|crypto|gnutls|mariadb|pq|xppkg-http)\w*")
NOWHERE = "http://127.0.0.1:9/releases"


class StartUp(SiteCase):
    def site(self):
        """A workstation whose first source is a web server."""
        folder = self.workstation("A", NEW)
        self.xppkg(folder, "release", code=0)
        config = os.path.join(folder, ".xppkg/config.json")
        with open(config, encoding="utf-8") as file:
            text = file.read()
        with open(config, "w", encoding="utf-8") as file:
            file.write(re.sub(r'"file:[^"]*"', f'"{NOWHERE}"', text))
        return folder

    def loaded(self, folder, *words, **options):
        log = self.path("log")
        self.xppkg(folder, *words, env={"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": log}, **options)
        found = set()
        for name in os.listdir(self.path(".")):
            if name.startswith("log."):
                with open(self.path(name), encoding="utf-8") as file:
                    found |= {match.group() for line in file if "calling init" in line
                              for match in HEAVY.finditer(line)}
                os.remove(self.path(name))
        return found

    def test_gate_loads_neither_the_web_nor_other_databases(self):
        folder = self.site()
        self.assertEqual(self.loaded(folder, "gate", code=0), set())
        self.assertEqual(self.loaded(folder, "start", "--", "true", code=0), set())
        self.assertIn("libxppkg-http", self.loaded(folder, "check", error="transport.unreachable"))

    def test_program_without_its_web_library_says_so_and_does_the_rest(self):
        folder, alone = self.site(), self.path("xppkg")
        shutil.copy(os.environ["XPPKG"], alone)
        def run(verb):
            return subprocess.run([alone, "-C", folder, verb], env=ENVIRONMENT, encoding="utf-8",
                                  capture_output=True, check=False)
        found = run("check")
        self.assertEqual(found.returncode, 4, found)
        self.assertIn("libxppkg-http", found.stderr)
        for verb in ("gate", "verify"):
            self.assertEqual(run(verb).returncode, 0, verb)


if __name__ == "__main__":
    unittest.main(verbosity=1)
