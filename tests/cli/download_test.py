"""Downloads that are cut: by a power cut of the client, and by a server."""

import os
import re
import threading
import time
import unittest

from faulty_http import FaultyServer, ranged, reply
from nginx import Nginx
from xppkg_case import XppkgCase, kill, make_tree, noise, read, snapshot, start, wait_until

SIZE = 3_000_000


class InterruptedDownloads(XppkgCase):
    def setUp(self):
        super().setUp()
        self.repo = self.make_repository()
        make_tree(self.path("1"), {"data.bin": noise(1, SIZE)})
        self.add(self.repo, "1", self.path("1"), code=0)
        self.app = self.path("app")

    def init_from(self, url):
        self.init(self.app, url, root=f"{self.repo}/root.json", code=0)

    def part_size(self):
        downloads = os.path.join(self.app, ".xppkg/download")
        if not os.path.isdir(downloads):
            return 0
        return sum(os.path.getsize(os.path.join(downloads, name))
                   for name in os.listdir(downloads))

    def payload_requests(self, server):
        """(status, bytes) of each request for the package."""
        found = []
        for line in server.requests():
            match = re.search(r'"GET \S+full\.xpp HTTP/1\.1" (\d+) (\d+)', line)
            if match:
                found.append(tuple(map(int, match.groups())))
        return found

    def test_update_is_downloaded_now_and_applied_later(self):
        make_tree(self.path("2"), {"data.bin": noise(1, SIZE) + noise(2, 50_000)})
        self.add(self.repo, "2", self.path("2"), code=0)
        self.init_from("file:" + self.repo)
        self.xppkg(self.app, "install", "1", code=0)
        before = snapshot(self.app)
        first = self.xppkg(self.app, "--json", "download", code=0).json
        self.assertEqual((first["to"], first["changed"]), ("2", False))
        self.assertGreater(first["downloaded"], 40_000)
        self.assertEqual(snapshot(self.app), before)
        self.assertEqual(self.xppkg(self.app, "--json", "download", code=0).json["downloaded"], 0)
        self.assertIn("apply", self.xppkg(self.app, "download", "--to", "2", code=0).err)
        applied = self.xppkg(self.app, "--json", "apply", code=0).json
        self.assertEqual((applied["changed"], applied["downloaded"]), (True, 0))
        again = self.xppkg(self.app, "--json", "download", code=0).json
        self.assertEqual((again["reason"], again["downloaded"]), ("up-to-date", 0))

    def test_killed_download_is_resumed_by_the_next_run(self):
        with Nginx(self.repo, server_lines="limit_rate 600k; send_timeout 5s;") as server:
            self.init_from(server.url)
            for part in (800_000, 1_600_000):
                process = start("xppkg", "-C", self.app, "install")
                wait_until(lambda wanted=part: self.part_size() > wanted)
                kill(process)
                self.assertEqual(snapshot(self.app), {})
            before = self.part_size()
            installed = self.xppkg(self.app, "--json", "install", code=0).json
            self.assert_same(snapshot(self.app), snapshot(self.path("1")))
            self.assertLess(installed["downloaded"], SIZE - before + 100_000)
            wait_until(lambda: len(self.payload_requests(server)) >= 3)
            requests = self.payload_requests(server)
            self.assertEqual([status for status, _ in requests], [200, 206, 206])
            # Bytes in the socket's buffers when the client died count as served by nginx.
            self.assertLess(requests[-1][1], SIZE * 0.6)

    def test_interrupt_by_the_user_keeps_what_was_downloaded(self):
        with Nginx(self.repo, server_lines="limit_rate 600k;") as server:
            self.init_from(server.url)
            process = start("xppkg", "-C", self.app, "install")
            wait_until(lambda: self.part_size() > 300_000)
            process.terminate()
            _, err = process.communicate(timeout=20)
            self.assertEqual(process.returncode, 1, err)
            self.assertIn("[cancelled]", err)
            self.assertGreater(self.part_size(), 300_000)
            self.xppkg(self.app, "install", code=0)
            self.assertEqual([status for status, _ in self.payload_requests(server)], [200, 206])
        self.assert_same(snapshot(self.app), snapshot(self.path("1")))

    def serve(self, connection, request, cut=None):
        """Answers from the repository, perhaps with a body that ends early; bytes of the body."""
        path = os.path.join(self.repo, request.target.lstrip("/"))
        if not os.path.isfile(path):
            connection.sendall(reply(404))
            return 0
        answer = ranged(read(path), request)
        head = answer.index(b"\r\n\r\n") + 4
        body = answer[head:] if cut is None else answer[head:head + cut]
        connection.sendall(answer[:head] + body)
        return len(body)

    def test_server_that_cuts_the_body_is_resumed_in_the_same_run(self):
        served = []

        def behave(_server, connection, request):
            is_payload = request.target.endswith("full.xpp")
            cut = 700_000 if is_payload and len(served) < 3 else None
            count = self.serve(connection, request, cut)
            if is_payload:
                served.append((request.offset(), count))
            return False

        with FaultyServer(behave) as server:
            self.init_from(server.url)
            self.xppkg(self.app, "install", code=0)
        self.assert_same(snapshot(self.app), snapshot(self.path("1")))
        self.assertGreater(len(served), 3)
        self.assertEqual([offset for offset, _ in served][:4], [0, 700_000, 1_400_000, 2_100_000])
        self.assertLess(sum(count for _, count in served), SIZE * 1.2)

    def test_second_source_goes_on_where_the_first_one_died(self):
        asked = threading.Event()
        served = []

        def dies(_server, connection, request):
            if request.target.endswith("full.xpp"):
                if not asked.is_set():
                    asked.set()
                    served.append(self.serve(connection, request, 1_000_000))
                return False
            self.serve(connection, request)
            return False

        def lives(_server, connection, request):
            count = self.serve(connection, request)
            if request.target.endswith("full.xpp"):
                served.append(count)
            return False

        with FaultyServer(dies) as first, FaultyServer(lives) as second:
            self.init(self.app, first.url, second.url, root=f"{self.repo}/root.json", code=0)
            self.xppkg(self.app, "install", code=0)
        self.assert_same(snapshot(self.app), snapshot(self.path("1")))
        self.assertEqual(served[0], 1_000_000)
        self.assertLess(sum(served), SIZE * 1.2)

    def test_body_with_a_flipped_byte_is_fetched_again_from_the_next_source_block_by_block(self):
        def flips(_server, connection, request):
            if not request.target.endswith("full.xpp"):
                self.serve(connection, request)
                return False
            data = bytearray(read(os.path.join(self.repo, request.target.lstrip("/"))))
            data[len(data) // 2] ^= 1
            connection.sendall(ranged(bytes(data), request))
            return False

        with FaultyServer(flips) as first, Nginx(self.repo) as second:
            self.init(self.app, first.url, second.url, root=f"{self.repo}/root.json", code=0)
            self.xppkg(self.app, "install", code=0)
        self.assert_same(snapshot(self.app), snapshot(self.path("1")))

    def test_download_goes_on_while_the_folder_stays_empty(self):
        with Nginx(self.repo, server_lines="limit_rate 900k;") as server:
            self.init_from(server.url)
            process = start("xppkg", "-C", self.app, "install")
            while process.poll() is None:
                found = snapshot(self.app)
                self.assertIn(found, ({}, snapshot(self.path("1"))))
                time.sleep(0.05)
            process.communicate()
            self.assertEqual(process.returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
