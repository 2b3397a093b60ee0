"""Stands between clients and a PostgreSQL server as poolers do: it refuses the startup parameter
"options", names sessions otherwise than the server does, and hands one and the same session to all,
one after the other, with whatever was left in it.

    with SharedSessionPooler(server.port) as pooler:
        connect(server.url().replace(f":{server.port}/", f":{pooler.port}/"))
"""

import socket
import struct
import threading

NEGOTIATIONS = (80877103, 80877104)  # TLS, GSSAPI
OWN_SESSION = struct.pack(">II", 4_000_000, 1)


def message(kind, payload):
    return kind + struct.pack(">I", len(payload) + 4) + payload


class SharedSessionPooler:
    def __init__(self, server_port):
        self._server_port = server_port
        self._server = None
        self._greeting = b""  # Sent to a client after it logged in.
        self._turn = threading.Lock()

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        # Only this wakes who waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._server:
            self._server.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            try:
                startup = self._startup(client)
                if b"options" in startup[8:].split(b"\0")[::2]:
                    reason = b"unsupported startup parameter: options"
                    client.sendall(message(b"E", b"SFATAL\0VFATAL\0C08P01\0M" + reason + b"\0\0"))
                    return
                with self._turn:
                    if self._server is None:
                        self._log_in(client, startup)
                    else:
                        client.sendall(message(b"R", bytes(4)) + self._greeting)
                    self._pass_on(client)
            except (EOFError, OSError):
                return

    def _startup(self, client):
        while True:
            size = self._exactly(client, 4)
            rest = self._exactly(client, struct.unpack(">I", size)[0] - 4)
            if struct.unpack(">I", rest[:4])[0] not in NEGOTIATIONS:
                return size + rest
            client.sendall(b"N")

    def _log_in(self, client, startup):
        """The first client's own password opens the session."""
        server = socket.create_connection(("127.0.0.1", self._server_port))
        server.sendall(startup)
        is_in = False
        while True:
            kind, payload = self._message(server)
            if kind == b"K":
                payload = OWN_SESSION
            client.sendall(message(kind, payload))
            if is_in:
                self._greeting += message(kind, payload)
            is_in = is_in or (kind == b"R" and payload == bytes(4))
            if kind == b"Z":
                break
            if kind == b"E":
                raise EOFError
            if kind == b"R" and struct.unpack(">I", payload[:4])[0] in (3, 5, 10, 11):
                server.sendall(message(*self._message(client)))
        self._server = server

    def _pass_on(self, client):
        """Until the client leaves; what is on its way to it is read to the end."""
        while True:
            kind, payload = self._message(client)
            if kind == b"X":
                return
            self._server.sendall(message(kind, payload))
            if kind not in (b"Q", b"S"):
                continue
            while True:
                kind, payload = self._message(self._server)
                client.sendall(message(kind, payload))
                if kind == b"Z":
                    break

    def _message(self, connection):
        kind = self._exactly(connection, 1)
        size = struct.unpack(">I", self._exactly(connection, 4))[0]
        return kind, self._exactly(connection, size - 4)

    @staticmethod
    def _exactly(connection, size):
        data = b""
        while len(data) < size:
            piece = connection.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data
