"""Servers that die, drop connections or run out of disk: nothing is lost, and the error is clear."""

import os
import subprocess
import tempfile
import threading
import time
import unittest

from dropping_proxy import DroppingProxy
from site_server_case import BACKEND, IS_POSTGRESQL, ServerCase, main

LARGE = "1:30000000"
SMALL = "2:1000"


class ServerFaults(ServerCase):
    def server(self, **options):
        server = BACKEND(**options)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def site(self, server):
        steps = self.steps(server.url())
        self.assertEqual(steps.do("migrate"), "0")
        return steps

    def drop_connections(self, server):
        if IS_POSTGRESQL:
            server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE application_name = 'xppkg'")
        else:
            for number in server.sql("SELECT id FROM information_schema.processlist"
                                     " WHERE id <> connection_id() AND user = 'admin'").split():
                server.sql(f"KILL {number}", check=False)

    def test_server_killed_in_the_middle_of_an_upload_loses_nothing(self):
        server = self.server()
        steps = self.site(server)
        self.assertEqual(steps.do(f"upload {SMALL}"), "complete")
        self.assertEqual(steps.do(f"decide app 1 1.0 {SMALL}"), "done")
        steps.begin_and_see(f"upload {LARGE}", 5)
        server.kill()
        self.assert_error(steps.end(), "database.unreachable")
        self.assert_error(steps.do("read app pc-1"), "database.unreachable")
        server.start()
        self.assertEqual(steps.do("read app pc-1"), "1 1.0")
        self.assertEqual(steps.do(f"fetch app 1 {SMALL}"), "same")
        self.assertEqual(steps.do(f"decide app 2 2.0 {LARGE}"), "payload-missing")
        self.assertEqual(steps.do(f"upload {LARGE}"), "complete")
        self.assertEqual(steps.do(f"decide app 2 2.0 {LARGE}"), "done")
        self.assertEqual(steps.do(f"fetch app 2 {LARGE}"), "same")

    def test_server_killed_in_the_middle_of_a_fetch_is_read_again_when_it_is_back(self):
        server = self.server()
        steps = self.site(server)
        self.assertEqual(steps.do(f"upload {LARGE}"), "complete")
        self.assertEqual(steps.do(f"decide app 1 1.0 {LARGE}"), "done")
        steps.begin_and_see(f"fetch app 1 {LARGE}", 3)
        server.kill()
        result = steps.end()
        # All of it may have been on its way already.
        if result != "same":
            self.assert_error(result, "transport.unreachable")
        self.assert_error(steps.do(f"fetch app 1 {LARGE}"), "transport.unreachable")
        server.start()
        self.assertEqual(steps.do(f"fetch app 1 {LARGE}"), "same")

    def test_decision_is_there_whole_or_not_at_all_whenever_the_server_is_killed(self):
        server = self.server()
        steps = self.site(server)
        self.assertEqual(steps.do(f"upload {SMALL}"), "complete")
        counter = 0
        for attempt in range(4):
            steps.begin(f"decide app {counter + 1} {counter + 1} {SMALL}")
            if attempt % 2:
                steps.begin("read app pc-1")  # Half of the time the kill comes a little later.
                result = steps.end()
            server.kill()
            if not attempt % 2:
                result = steps.end()
            else:
                steps.end()
            server.start()
            now = steps.do("read app pc-1")
            number = 0 if now == "none" else int(now.split()[0])
            self.assertIn(number, (counter, counter + 1))
            if result == "done":
                self.assertEqual(number, counter + 1)
            counter = number
            self.assertEqual(steps.do(f"files app {counter}"), "1" if counter else "0")

    def test_decision_whose_end_was_not_heard_is_written_once(self):
        server = self.server()
        site = self.site(server)
        without_tls = "?sslmode=disable" if IS_POSTGRESQL else "?ssl-mode=disabled"
        for counter, is_done in ((1, True), (2, False)):
            with DroppingProxy(server.port, b"COMMIT", is_done) as proxy:
                url = server.url(options=without_tls).replace(f":{server.port}/", f":{proxy.port}/")
                steps = self.steps(url)
                self.assertEqual(steps.do(f"decide app {counter} {counter}"), "done")
                self.assertEqual(steps.do(f"decide app {counter} {counter}"), "somebody-else")
                self.assertEqual(proxy.dropped, 1)
            self.assertEqual(site.do("read app pc-1"), f"{counter} {counter}")

    def test_dropped_connection_is_made_anew(self):
        server = self.server()
        steps = self.site(server)
        for step, expected in ((f"upload {SMALL}", "complete"),
                               (f"decide app 1 1.0 {SMALL}", "done"), ("read app pc-1", "1 1.0"),
                               ("report app", "done"), ("answer app", "done"), ("fleet app", "1"),
                               ("files app 1", "1"), (f"fetch app 1 {SMALL}", "same"),
                               ("prune app 1", "done"), ("decide app 2 2.0", "done")):
            self.drop_connections(server)
            self.assertEqual(steps.do(step), expected, step)

    def test_upload_whose_connection_is_dropped_goes_on(self):
        server = self.server()
        steps = self.site(server)
        steps.begin_and_see(f"upload {LARGE}", 5)
        self.drop_connections(server)
        self.assertEqual(steps.end(), "complete")

    def test_who_waits_is_told_though_the_connection_was_dropped(self):
        server = self.server()
        pilot = self.site(server)
        other = self.steps(server.url())
        other.begin_and_see("wait app 0 60000", 1)
        self.drop_connections(server)
        self.assertEqual(pilot.do("decide app 1 1.0"), "done")
        self.assertEqual(other.end(), "1.0")

    @unittest.skipUnless(IS_POSTGRESQL, "only PostgreSQL notifies")
    def test_flood_of_notifications_neither_stops_nor_fills_who_waits(self):
        server = self.server()
        releaser = self.site(server)
        waits = self.steps(server.url())
        self.assertEqual(waits.do("wait app 0 1"), "none")
        before = waits.most_memory()
        ends = threading.Event()
        flood = threading.Thread(target=self.flood, args=(server, ends))
        flood.start()
        self.addCleanup(flood.join)
        self.addCleanup(ends.set)
        begin = time.monotonic()
        self.assertEqual(waits.do("wait app 0 3000"), "none")
        self.assertLess(time.monotonic() - begin, 20)
        waits.begin_and_see("wait app 0 60000", 1)
        self.assertEqual(releaser.do("decide app 1 1.0"), "done")
        self.assertEqual(waits.end(), "1.0")
        self.assertEqual(waits.do("read app pc-1"), "1 1.0")
        self.assertLess(waits.most_memory() - before, 64 * 1024)

    def flood(self, server, ends):
        """160 MB each time, in as many different notifications as the server would not merge."""
        while not ends.is_set():
            server.sql("SELECT count(pg_notify('xppkg_decision', repeat('x', 7990) || n))"
                       " FROM generate_series(1, 20000) n")

    @unittest.skipIf(os.geteuid() != 0, "only root can make a small disk")
    def test_full_disk_of_the_server_is_a_clear_error_and_the_upload_goes_on_later(self):
        folder = tempfile.mkdtemp(prefix="small-disk-")
        self.addCleanup(os.rmdir, folder)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", folder],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("a small disk cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", folder], check=True)
        server = self.server(folder=folder)
        steps = self.site(server)
        self.assertEqual(steps.do(f"upload {SMALL}"), "complete")
        self.assertEqual(steps.do(f"decide app 1 1.0 {SMALL}"), "done")
        ballast = os.path.join(folder, "ballast")
        space = os.statvfs(folder)
        with open(ballast, "wb") as file:
            file.write(bytes(max(space.f_bavail * space.f_frsize - 8_000_000, 0)))
        result = steps.do(f"upload {LARGE}")
        self.assertRegex(result, "^error database.(full|unreachable|busy)")  # It may give up itself.
        self.assertIn("cause: ", result)
        os.remove(ballast)
        # It may have given up, or be at recovering.
        if server.is_running():
            server.kill()
        server.start()
        self.assertEqual(steps.do("read app pc-1"), "1 1.0")
        self.assertEqual(steps.do(f"upload {LARGE}"), "complete")
        self.assertEqual(steps.do(f"decide app 2 2.0 {LARGE}"), "done")
        self.assertEqual(steps.do(f"fetch app 2 {LARGE}"), "same")


if __name__ == "__main__":
    main()
