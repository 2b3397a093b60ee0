"""Starts a real PostgreSQL or MariaDB for a test: unprivileged, on a free port of 127.0.0.1, with all
its files in a folder of its own that is removed at the end.

    with Postgresql() as server:
        connect(server.url())
        server.sql("SELECT 1")
        server.kill(); server.start()

Both have a user "admin" who owns the empty database "site".
"""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from nginx import free_port, make_certificate, wait_for_port

ADMIN = "admin"
PASSWORD = "pass w;rd's \\ \"@/?"
DATABASE = "site"


def _quoted(text):
    """For the user's part of an address."""
    return "".join(c if c.isalnum() else f"%{ord(c):02X}" for c in text)


def _processes():
    """Pairs of a process and its parent."""
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue  # It ended meanwhile.
        yield int(text.split(" ", 1)[0]), int(text.rsplit(")", 1)[1].split()[1])


class _Server:
    """The common part of both. `folder`: where the data lies, for a test that makes it small.
    `settings`: further ones of the server, as its command line takes them."""

    scheme = None
    option_file = None

    def __init__(self, tls=False, folder=None, settings=()):
        self._tls = tls
        self._settings = list(settings)
        self._own_folder = folder is None
        self.folder = folder
        self._process = None
        self.ca_file = None

    def __enter__(self):
        if self._own_folder:
            self.folder = tempfile.mkdtemp(prefix="database-")
        self.data = os.path.join(self.folder, "data")
        self.port = free_port()
        # Neither server starts as root.
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        try:
            if self._tls:
                self.ca_file, self.certificate, self.key = make_certificate(self.folder)
            self._give_away()
            self._make_data()
            self.start()
            self._make_database()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, user=ADMIN, password=PASSWORD, options=""):
        credentials = _quoted(user) + (f":{_quoted(password)}" if password else "")
        return f"{self.scheme}://{credentials}@127.0.0.1:{self.port}/{DATABASE}{options}"

    def start(self):
        """Returns when it takes connections."""
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self._process = self._popen(self._server(), stdin=subprocess.DEVNULL, stdout=log,
                                        stderr=log)
        try:
            wait_for_port(self.port, 60)
            self._wait_until_ready()
        except BaseException as error:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
                raise RuntimeError("the server did not start:\n" + log.read()[-2000:]) from error

    def stop(self):
        if not self._process:
            return
        self._process.send_signal(signal.SIGINT if self.scheme == "postgresql" else signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self):
        """Like a power cut for the server: with all its processes, at once."""
        children = [pid for pid, parent in _processes() if parent == self._process.pid]
        for pid in [self._process.pid, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._process.wait()
        while any(os.path.exists(f"/proc/{pid}/exe") for pid in children):
            time.sleep(0.01)
        self._process = None

    def is_running(self):
        """False also for one that gave up by itself."""
        if self._process and self._process.poll() is None:
            return True
        self._process = None
        return False

    def sql(self, text, check=True, user=ADMIN, password=PASSWORD):
        """Runs statements; what they print. A refused one is a RuntimeError."""
        done = subprocess.run(self.client(user), input=text, capture_output=True, text=True,
                              env={**os.environ, **self.client_environment(password)}, timeout=120)
        if check and done.returncode != 0:
            raise RuntimeError(f"{done.stderr}\n{text}")
        return done.stdout

    def _popen(self, command, **options):
        user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} \
            if self._user else {}
        return subprocess.Popen(command, cwd="/", **user, **options)

    def _run(self, command):
        process = self._popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{command}: {output.decode()}")

    def _give_away(self):
        if not self._user:
            return
        for path in [self.folder, *glob.glob(os.path.join(self.folder, "*"))]:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)


def _postgresql(program):
    """Debian keeps the server's programs outside of PATH."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"))
    return found[-1] if found else shutil.which(program)


class Postgresql(_Server):
    scheme = "postgresql"

    def client(self, user=ADMIN):
        """Reads SQL from its standard input."""
        return ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
                "-p", str(self.port), "-U", user, "-d", DATABASE]

    def client_environment(self, password=PASSWORD):
        return {"PGPASSWORD": password, "PGOPTIONS": "-c client_min_messages=error"}

    def _make_data(self):
        secret = os.path.join(self.folder, "password")
        with open(secret, "w", encoding="ascii") as file:
            file.write(PASSWORD)
        self._give_away()
        self._run([_postgresql("initdb"), "-D", self.data, "-U", ADMIN, "-A", "scram-sha-256",
                   f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"])

    def _server(self):
        settings = ["listen_addresses=127.0.0.1,127.0.0.2", f"port={self.port}",
                    f"unix_socket_directories={self.folder}", "shared_buffers=32MB",
                    "fsync=off"]  # A server that is killed has given all to the system.
        if self._tls:
            settings += ["ssl=on", f"ssl_cert_file={self.certificate}", f"ssl_key_file={self.key}"]
        options = [word for setting in settings + self._settings for word in ("-c", setting)]
        return [_postgresql("postgres"), "-D", self.data, *options]

    def _wait_until_ready(self):
        # It takes connections before it has recovered.
        for _ in range(600):
            if subprocess.run(["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                              check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise TimeoutError("PostgreSQL does not get ready")

    def _make_database(self):
        subprocess.run([*self.client()[:-1], "postgres"], input=f"CREATE DATABASE {DATABASE};",
                       text=True, check=True, env={**os.environ, **self.client_environment()})


class MariaDb(_Server):
    scheme = "mysql"

    def client(self, user=ADMIN):
        """Reads SQL from its standard input."""
        return ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "-h", "127.0.0.1",
                "-P", str(self.port), "-u", user, DATABASE]

    def client_environment(self, password=PASSWORD):
        return {"MYSQL_PWD": password}

    def _make_data(self):
        self._run(["mariadb-install-db", "--no-defaults", f"--datadir={self.data}",
                   "--auth-root-authentication-method=normal", "--skip-test-db",
                   "--skip-name-resolve", "--innodb-flush-method=nosync",
                   f"--tmpdir={self.folder}",
                   *(word for word in self._settings if word.startswith("--innodb-page-size"))])

    def _server(self):
        settings = [f"--datadir={self.data}", "--bind-address=127.0.0.1,127.0.0.2", f"--port={self.port}",
                    f"--socket={self._socket()}", f"--pid-file={self.folder}/pid", f"--tmpdir={self.folder}",
                    "--skip-name-resolve", "--innodb-buffer-pool-size=32M",
                    "--innodb-log-file-size=16M",
                    # A server that is killed has given all to the system.
                    "--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync"]
        if self._tls:
            settings += [f"--ssl-cert={self.certificate}", f"--ssl-key={self.key}"]
        return [shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", *settings,
                *self._settings]

    def _socket(self):
        return os.path.join(self.folder, "socket")

    def _wait_until_ready(self):
        pass

    def _make_database(self):
        password = PASSWORD.replace("\\", "\\\\").replace("'", "''")
        subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self._socket()}", "-u", "root"], text=True,
            input=f"CREATE DATABASE {DATABASE}; CREATE USER {ADMIN}@'%' IDENTIFIED BY '{password}';"
                  f"GRANT ALL ON *.* TO {ADMIN}@'%' WITH GRANT OPTION;", check=True)


BACKENDS = {"postgresql": Postgresql, "mariadb": MariaDb}
