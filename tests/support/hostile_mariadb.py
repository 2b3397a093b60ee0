"""A server that speaks just enough of MariaDB's protocol to ask for what it must not get: the
password as it is, or a file of the client's computer.

    with HostileMariaDb() as server:
        connect(f"mysql://anna:secret@127.0.0.1:{server.port}/site")
    assert b"secret" not in server.received
"""

import socket
import struct
import threading

# Long password, database, local files, protocol 4.1, transactions, secure connection, plugins.
CAPABILITIES = 0x1 | 0x8 | 0x80 | 0x200 | 0x2000 | 0x8000 | 0x80000
OK = b"\x00\x00\x00\x02\x00\x00\x00"


def greeting():
    return (b"\x0a10.11.0-MariaDB\0" + struct.pack("<I", 1) + b"12345678\0" +
            struct.pack("<H", CAPABILITIES & 0xFFFF) + b"\x21" + struct.pack("<H", 2) +
            struct.pack("<H", CAPABILITIES >> 16) + bytes([21]) + bytes(10) + b"123456789012\0" +
            b"mysql_native_password\0")


class HostileMariaDb:
    """After leaving: `received`, all that clients sent. `wanted_file`: asked for at each query."""

    def __init__(self, asks_for_password=False, wanted_file=None):
        self._asks_for_password = asks_for_password
        self._wanted_file = wanted_file
        self.received = b""

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        # Only this wakes who waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(30)

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    self._talk(connection)
                except OSError:
                    pass  # It hung up, which is right.

    def _talk(self, connection):
        self._send(connection, 0, greeting())
        number = self._receive(connection)
        if self._asks_for_password:
            self._send(connection, number + 1, b"\xfemysql_clear_password\0")
            number = self._receive(connection)
        self._send(connection, number + 1, OK)
        while True:
            number = self._receive(connection)
            wanted = b"\xfb" + self._wanted_file.encode() if self._wanted_file else OK
            self._send(connection, number + 1, wanted)

    @staticmethod
    def _send(connection, number, payload):
        header = struct.pack("<I", len(payload))[:3] + bytes([number & 0xFF])
        connection.sendall(header + payload)

    def _receive(self, connection):
        """Takes one packet; its number."""
        header = self._exactly(connection, 4)
        self.received += self._exactly(connection, int.from_bytes(header[:3], "little"))
        return header[3]

    @staticmethod
    def _exactly(connection, size):
        data = b""
        while len(data) < size:
            piece = connection.recv(size - len(data))
            if not piece:
                raise ConnectionResetError
            data += piece
        return data
