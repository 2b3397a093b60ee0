"""Runs the tests of the site's database against a real server: on_server.py BACKEND SITE-TESTS …

The tests are configured by the environment: XPPKG_TEST_SITE, the address of an empty
database; XPPKG_TEST_SQL, a command that runs SQL from its standard input as the owner.
"""

import os
import shlex
import subprocess
import sys

from database_servers import BACKENDS


def main(backend, *command):
    with BACKENDS[backend]() as server:
        environment = {**os.environ, **server.client_environment(),
                       "XPPKG_TEST_SITE": server.url(), "XPPKG_TEST_SQL": shlex.join(server.client())}
        return subprocess.run([*command, "--run_test=!sqlite:!address"], env=environment).returncode


sys.exit(main(*sys.argv[1:]))
