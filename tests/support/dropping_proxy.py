"""Stands between a client and a server, and drops the first connection over which the client sends
certain bytes: before the server gets them, or when it has done what they say.

    with DroppingProxy(server.port, b"COMMIT", is_done=True) as proxy:
        connect(proxy.port)
"""

import select
import socket
import threading


class DroppingProxy:
    """A context manager. `dropped`: how many connections were."""

    def __init__(self, port, trigger, is_done):
        self._server_port = port
        self._trigger = trigger
        self._is_done = is_done
        self.dropped = 0

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client):
        with client, socket.create_connection(("127.0.0.1", self._server_port)) as server:
            while True:
                for side in select.select([client, server], [], [])[0]:
                    data = side.recv(65536)
                    if not data:
                        return
                    if side is client and self._trigger in data and not self.dropped:
                        self.dropped += 1
                        if self._is_done:
                            server.sendall(data)
                            server.recv(65536)  # The answer, which nobody gets.
                        return
                    (server if side is client else client).sendall(data)
