"""A folder on a web server of 127.0.0.1 that counts what it is asked for.

    with HttpFolder(folder) as server:
        fetch(server.url + "/file")
        server.requests, server.bytes
"""

import http.server
import threading


class HttpFolder:
    """A context manager. After entering: `url` (without a slash at the end), `requests` (the paths
    that were asked for, in turn), and `bytes` (of all bodies that were sent)."""

    def __init__(self, folder):
        self.forget()
        outer = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def __init__(self, *args):
                super().__init__(*args, directory=str(folder))

            def do_GET(self):  # pylint: disable=invalid-name
                outer.requests.append(self.path)
                super().do_GET()

            def copyfile(self, source, outputfile):
                data = source.read()
                outer.bytes += len(data)
                outputfile.write(data)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self):
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def forget(self):
        """Counts from nothing again."""
        self.requests, self.bytes = [], 0
