"""Small servers on 127.0.0.1 for what a sound web server does not do.

FaultyServer calls one of the behaviours below for each connection; Proxy is a forward proxy for GET
and CONNECT, with Basic authentication if wanted. Both are context managers with `url` and `port`.
"""

import base64
import select
import socket
import ssl
import struct
import threading
import time
from urllib.parse import urlsplit


class _Server:
    """Accepts connections and handles each in a thread of its own."""

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    def _guarded(self, connection):
        with connection:
            connection.settimeout(20)
            try:
                self.handle(connection)
            except OSError:
                pass  # the client went away, which it may

    def handle(self, connection):
        raise NotImplementedError


class Request:
    """One request's first line and headers (names in lower case)."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        pairs = (line.split(":", 1) for line in lines[1:] if ":" in line)
        self.headers = {name.lower(): value.strip() for name, value in pairs}
        self.head = head

    def offset(self):
        """Where the wanted range begins; 0 without one."""
        value = self.headers.get("range", "")
        return int(value.removeprefix("bytes=").split("-")[0]) if value else 0


def read_request(connection):
    """The next request, or None when the client has closed the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return None
        head += byte
    return Request(head[:-4])


def reply(status, body=b"", length=None, **headers):
    """The bytes of an answer; `length` lies about the body's."""
    fields = {"Content-Length": len(body) if length is None else length}
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode("latin-1") + body


def ranged(body, request):
    """A right answer to a request for a file or the rest of it."""
    offset = request.offset()
    if not offset:
        return reply(200, body)
    return reply(206, body[offset:],
                 Content_Range=f"bytes {offset}-{len(body) - 1}/{len(body)}")


class FaultyServer(_Server):
    """`behaviour(server, connection, request)` answers one request and returns True to keep the
    connection. `requests` collects all requests, `connections` counts. With `certificate` (paths of
    a certificate and its key) it speaks TLS and never says good-bye at the end."""

    def __init__(self, behaviour, certificate=None):
        self._behaviour = behaviour
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)
        self.requests = []
        self.connections = 0

    def handle(self, connection):
        self.connections += 1
        if self._tls:
            with self._tls.wrap_socket(connection, server_side=True) as secure:
                self._serve(secure)
        else:
            self._serve(connection)

    def _serve(self, connection):
        while request := read_request(connection):
            self.requests.append(request)
            if not self._behaviour(self, connection, request):
                return


def answers(make):
    """A behaviour that sends `make(request)` and closes."""
    def behave(_server, connection, request):
        connection.sendall(make(request))
        return False
    return behave


def cuts_once(body, count):
    """Cuts the first body after `count` bytes, then serves well."""
    def behave(server, connection, request):
        answer = ranged(body, request)
        if len(server.requests) == 1:
            answer = answer[:len(answer) - len(body) + count]
        connection.sendall(answer)
        return False
    return behave


def cuts_always(body, count):
    """Sends at most `count` bytes of each body."""
    def behave(_server, connection, request):
        answer = ranged(body, request)
        head = answer.index(b"\r\n\r\n") + 4
        connection.sendall(answer[:head + count])
        return False
    return behave


def resets_after(head, count):
    """Sends `head` and `count` bytes, and then resets the connection."""
    def behave(_server, connection, _request):
        connection.sendall(head + b"x" * count)
        time.sleep(0.2)  # a reset overtakes what was not read yet
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    return behave


def closes_idle(body):
    """Promises to keep the connection, and closes it after each answer."""
    return answers(lambda _request: reply(200, body, Connection="keep-alive"))


def endless(head):
    """Sends `head` and then bytes without an end."""
    def behave(_server, connection, _request):
        connection.sendall(head)
        while True:
            connection.sendall(b"x" * 65536)
    return behave


def drips(head, seconds):
    """Sends `head` and then a byte every `seconds`."""
    def behave(_server, connection, _request):
        connection.sendall(head)
        while True:
            time.sleep(seconds)
            connection.sendall(b"x")
    return behave


class Proxy(_Server):
    """A forward proxy. With `credentials` ("user:password") others get 407. `requests` collects
    what came in. `resolve` maps names to addresses, as a network's own name server would."""

    def __init__(self, credentials=None, resolve=None):
        self._wanted = credentials and base64.b64encode(credentials.encode()).decode()
        self._resolve = resolve or {}
        self.requests = []

    def handle(self, connection):
        while request := read_request(connection):
            self.requests.append(request)
            given = request.headers.get("proxy-authorization")
            if self._wanted and given != f"Basic {self._wanted}":
                connection.sendall(reply(407, b"who are you?", Proxy_Authenticate="Basic"))
                return
            if request.method == "CONNECT":
                self._tunnel(connection, request)
                return
            self._forward(connection, request)

    def _connect(self, host, port):
        return socket.create_connection((self._resolve.get(host, host), port), timeout=10)

    def _tunnel(self, connection, request):
        host, port = request.target.rsplit(":", 1)
        with self._connect(host, int(port)) as server:
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            other = {connection: server, server: connection}
            while True:
                ready, _, _ = select.select(list(other), [], [], 20)
                for side in ready:
                    piece = side.recv(65536)
                    if not piece:
                        return
                    other[side].sendall(piece)
                if not ready:
                    return

    def _forward(self, connection, request):
        url = urlsplit(request.target)
        with self._connect(url.hostname, url.port or 80) as server:
            kept = {name: value for name, value in request.headers.items()
                    if not name.startswith("proxy-")}
            kept["connection"] = "close"
            lines = "".join(f"{name}: {value}\r\n" for name, value in kept.items())
            server.sendall(f"GET {url.path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))
            while piece := server.recv(65536):
                connection.sendall(piece)
        connection.shutdown(socket.SHUT_RDWR)
