"""A site for the benchmarks: a vendor's repository, a database, and workstations."""
import contextlib
import glob
import os
import pathlib
import sys

from measure import quiet

BUILD = pathlib.Path(sys.argv[1]).resolve()
sys.path.insert(0, sys.argv[2])
from database_servers import BACKENDS  # noqa: E402  (tests/support)

XPPKG = BUILD / "src/cli/xppkg"
XPPKG_RELEASE = BUILD / "tools/xppkg-release/xppkg-release"
PACKAGE = "app"
DURABLE = ["fsync=on"]  # as a site runs PostgreSQL; tests do without
os.environ["XPPKG_PASSPHRASE"] = "benchmark"


class Vendor:
    def __init__(self, work):
        self.repository = work / "repository"
        quiet(XPPKG_RELEASE, "init", self.repository, "--quick-passphrase")

    def publish(self, version, tree, *words):
        quiet(XPPKG_RELEASE, "add", self.repository, "--package", PACKAGE, "--version", version,
              *words, tree)


@contextlib.contextmanager
def database(backend, work, **options):
    """(address, server): an empty database, which needs `site init`; no server for SQLite."""
    if backend == "sqlite":
        yield f"sqlite:{work / 'site.db'}", None
        return
    with BACKENDS[backend](**options) as server:
        yield server.url(), server


def workstation(work, name, vendor, address, version=None):
    """An install folder of the site; with this version installed."""
    folder = work / name
    quiet(XPPKG, "-C", folder, "init", "--source", f"file:{vendor.repository}", "--root",
          vendor.repository / "root.json", "--package", PACKAGE, "--database", address,
          "--workstation", name)
    quiet(XPPKG, "-C", folder, "site", "init")
    if version:
        quiet(XPPKG, "-C", folder, "install", version)
    return folder


def client(backend, address, server):
    """The words that run the SQL of one more word by the database's own client, and their
    environment."""
    if backend == "sqlite":
        return ["sqlite3", address.removeprefix("sqlite:")], None
    env = {**os.environ, **server.client_environment()}
    words = server.client()
    if backend == "postgresql":
        # Debian's `psql` is a script that looks for this one.
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))
        return [found[-1] if found else words[0], *words[1:], "-c"], env
    return [*words, "-e"], env
