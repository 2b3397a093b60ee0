"""Starts a real nginx for a test: unprivileged, on a free port of 127.0.0.1, with all its files in
a folder of its own that is removed at the end.

    with Nginx(folder) as server:
        fetch(server.url + "/file")
    with Nginx(folder, tls=True, server_lines="limit_rate 100k;") as server:
        fetch(server.url, ca=server.ca_file)
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

CONFIG = """
{user}
daemon off;
worker_processes 1;
pid {prefix}/nginx.pid;
error_log {prefix}/error.log warn;
events {{ worker_connections 64; }}
http {{
  access_log {prefix}/access.log;
  client_body_temp_path {prefix}/body;
  proxy_temp_path {prefix}/proxy;
  fastcgi_temp_path {prefix}/fastcgi;
  uwsgi_temp_path {prefix}/uwsgi;
  scgi_temp_path {prefix}/scgi;
  {http_lines}
  server {{
    listen 127.0.0.1:{port}{ssl};
    root {root};
    {tls_lines}
    {server_lines}
  }}
}}
"""


def free_port():
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, seconds=10):
    """Returns when something accepts connections there; raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}")


def make_certificate(folder, names="IP:127.0.0.1"):
    """Makes a private CA and a certificate for `names` (an OpenSSL subjectAltName).

    Returns the paths of the CA's certificate, the server's certificate, and its key.
    """
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=folder)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=test CA")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")
    with open(os.path.join(folder, "names.cnf"), "w", encoding="ascii") as file:
        file.write(f"subjectAltName={names}\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", "names.cnf", "-out", "server.pem")
    return tuple(os.path.join(folder, name) for name in ("ca.pem", "server.pem", "server.key"))


class Nginx:
    """A context manager. After entering: `port`, `url` (without a slash at the end), and with TLS
    `ca_file`."""

    def __init__(self, root, tls=False, names="IP:127.0.0.1", server_lines="", http_lines=""):
        self._root = os.path.abspath(root)
        self._tls = tls
        self._names = names
        self._server_lines = server_lines
        self._http_lines = http_lines
        self._process = None
        self.ca_file = None

    def __enter__(self):
        self.prefix = tempfile.mkdtemp(prefix="nginx-")
        try:
            self.port = free_port()
            self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"
            self._write_config()
            self._process = subprocess.Popen(
                [NGINX, "-p", self.prefix, "-c", os.path.join(self.prefix, "nginx.conf"),
                 "-e", os.path.join(self.prefix, "error.log")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for_port(self.port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        shutil.rmtree(self.prefix, ignore_errors=True)

    def requests(self):
        """The lines of the access log so far."""
        with open(os.path.join(self.prefix, "access.log"), encoding="utf-8") as file:
            return file.read().splitlines()

    def _write_config(self):
        tls_lines = ""
        if self._tls:
            self.ca_file, certificate, key = make_certificate(self.prefix, self._names)
            tls_lines = f"ssl_certificate {certificate}; ssl_certificate_key {key};"
        text = CONFIG.format(
            # Started as root, the workers would become a user who cannot read a private folder.
            user="user root;" if os.geteuid() == 0 else "",
            prefix=self.prefix, port=self.port, root=self._root,
            ssl=" ssl" if self._tls else "", tls_lines=tls_lines,
            server_lines=self._server_lines, http_lines=self._http_lines)
        with open(os.path.join(self.prefix, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(text)
