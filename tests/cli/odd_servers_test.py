"""Whole installations from servers that hiccup, are odd, or are not ours; and what goes on in a
folder while a run downloads."""

import fcntl
import gzip
import json
import os
import subprocess
import threading
import unittest

from faulty_http import FaultyServer, answers, ranged, reply
from xppkg_case import MIDDLE, NEW, OLD, XppkgCase, read, start, write

PAGE = b"<!doctype html><html><body>Please log in to our Wi-Fi</body></html>"


class ServerCase(XppkgCase):
    def setUp(self):
        super().setUp()
        self.app = self.path("app")

    def file(self, request):
        """The repository's file that is asked for, or None."""
        path = os.path.join(self.published(), request.target.split("?")[0].lstrip("/"))
        return read(path) if os.path.isfile(path) else None

    def serve(self, answer):
        """A server that answers a request with `answer(request, file)`, None: hangs up."""
        def behave(server, connection, request):
            found = answer(request, self.file(request))
            if found is not None:
                connection.sendall(found)
            return False
        server = FaultyServer(behave)
        self.addCleanup(server.__exit__)
        return server.__enter__()

    @staticmethod
    def well(request, data):
        return reply(404) if data is None else ranged(data, request)


class OddServers(ServerCase):
    def assert_installs(self, server):
        self.init(self.app, server.url, code=0)
        self.xppkg(self.app, "install", OLD, code=0)
        self.assert_version(self.app, OLD)

    def test_one_hiccup_of_each_file_ends_no_run(self):
        for first in (reply(503, Retry_After="0"), reply(429), None):
            seen = set()

            def answer(request, data, first=first, seen=seen):
                if request.target not in seen:
                    seen.add(request.target)
                    return first
                return self.well(request, data)
            self.app = self.path(f"app-{first and first[9:12]}")
            self.assert_installs(self.serve(answer))
            self.assertTrue(any(target.endswith("full.xpp") for target in seen))

    def test_files_that_break_off_once_are_read_again(self):
        seen = set()

        def answer(request, data):
            if data is None or request.target in seen:
                return self.well(request, data)
            seen.add(request.target)
            return reply(200, data[:len(data) // 2], length=len(data))
        self.assert_installs(self.serve(answer))

    def test_server_that_compresses_unasked_is_understood(self):
        def answer(_request, data):
            if data is None:
                return reply(404)
            return reply(200, gzip.compress(data), Content_Encoding="gzip")
        self.assert_installs(self.serve(answer))

    def test_encoding_that_is_not_known_is_named(self):
        server = self.serve(lambda _request, data: reply(
            404 if data is None else 200, data or b"", Content_Encoding="br"))
        self.init(self.app, server.url, code=0)
        result = self.xppkg(self.app, "install", error="transport.encoding")
        self.assertIn("encoding: br", result.err)

    def test_web_page_is_called_that_and_the_vendor_is_left_alone(self):
        portal = self.serve(lambda _request, _data: reply(200, PAGE, Content_Type="text/html"))
        spa = self.serve(lambda request, data: reply(200, PAGE) if data is None
                         else self.well(request, data))
        payloads = self.serve(lambda request, data: reply(200, PAGE)
                              if "targets" in request.target else self.well(request, data))
        for server in (portal, spa, payloads):
            folder = self.path(f"app-{server.port}")
            self.init(folder, server.url, code=0)
            result = self.xppkg(folder, "install", error="transport.not-ours")
            self.assertIn("web page", result.err)
            self.assertNotIn("vendor", result.err)

    def test_pages_in_utf_16_and_errors_of_web_services_are_called_what_they_are(self):
        for number, body in enumerate(("\ufeff" + PAGE.decode()).encode(coding) for coding in
                                      ("utf-16-le", "utf-16-be")):
            self.assert_not_ours(number, body, "text/html")
        for number, body in enumerate((b'{"error": "login required"}', b'{\n  "message" : "no"\n}')):
            self.assert_not_ours(number + 2, body, "application/json")

    def assert_not_ours(self, number, body, kind):
        server = self.serve(lambda _request, _data: reply(200, body, Content_Type=kind))
        folder = self.path(f"app-{number}")
        self.init(folder, server.url, code=0)
        self.xppkg(folder, "install", error="transport.not-ours")

    def test_second_source_is_used_where_the_first_is_a_portal(self):
        portal = self.serve(lambda _request, _data: reply(200, PAGE, Content_Type="text/html"))
        self.init(self.app, portal.url, f"file:{self.published()}", code=0)
        result = self.xppkg(self.app, "install", OLD, code=0)
        self.assertIn("web page", result.err)
        self.assert_version(self.app, OLD)

    def test_server_that_refuses_everything_is_named_by_its_status(self):
        server = self.serve(lambda _request, _data: reply(403))
        self.init(self.app, server.url, code=0)
        result = self.xppkg(self.app, "install", error="transport.status")
        self.assertIn("status: 403", result.err)
        self.assertNotIn("vendor", result.err)

    def test_server_that_refuses_what_it_does_not_have_is_understood(self):
        self.assert_installs(self.serve(
            lambda request, data: reply(403) if data is None else self.well(request, data)))


class UnusableSources(XppkgCase):
    PROXY = {"all_proxy": "socks://127.0.0.1:1080/"}

    def web_only(self):
        server = FaultyServer(answers(lambda _request: reply(404)))
        self.addCleanup(server.__exit__)
        return server.__enter__().url

    def test_run_that_needs_no_web_does_not_care_about_the_proxy(self):
        database = f"sqlite:{self.path('site.db')}"
        pilot = self.install(OLD, name="pilot", words=("--database", database,
                                                       "--workstation", "pilot"))
        self.xppkg(pilot, "apply", "--newest", code=0)
        self.xppkg(pilot, "release", code=0)
        folder = self.path("pc")
        self.init(folder, self.web_only(), words=("--database", database, "--workstation", "pc"),
                  code=0)
        self.xppkg(folder, "install", env=self.PROXY, code=0)
        self.assert_version(folder, NEW)
        result = self.xppkg(folder, "start", "--", "echo", "it runs", env=self.PROXY, code=0)
        self.assertIn("it runs", result.out)

    def test_proxy_that_cannot_be_used_is_named_with_its_variable(self):
        folder = self.path("app")
        self.init(folder, self.web_only(), code=0)
        result = self.xppkg(folder, "install", env=self.PROXY, error="transport.unreachable")
        self.assertIn("all_proxy", result.err)
        self.assertIn("socks://127.0.0.1:1080", result.err)

    def test_source_that_cannot_be_used_is_skipped(self):
        folder = self.path("app")
        self.init(folder, code=0)
        config = os.path.join(folder, ".xppkg/config.json")
        value = json.loads(read(config))
        value["sources"][:0] = ["ftp://example.com/", "http://a b/", "nonsense"]
        write(config, json.dumps(value))
        result = self.xppkg(folder, "install", OLD, code=0)
        self.assertIn("ftp://example.com/", result.err)
        self.assert_version(folder, OLD)
        self.xppkg(folder, "status", code=0)


class LocksWhileFetching(ServerCase):
    """A payload stands still while others use the folder."""

    def stopped(self):
        """A server that keeps payloads back until the event is set; (server, asked, go)."""
        asked, go = threading.Event(), threading.Event()

        def answer(request, data):
            if request.target.endswith(".xpp"):
                asked.set()
                go.wait(20)
            return self.well(request, data)
        return self.serve(answer), asked, go

    def begin(self, *run, before=None, words=(), prepare=None):
        """A folder with OLD, or another release after it, and a run that waits for its payload."""
        server, asked, go = self.stopped()
        self.addCleanup(go.set)
        self.install(OLD, words=words)
        if before:
            self.xppkg(self.app, "apply", "--to", before, code=0)
        if prepare:
            prepare()
        self.use(server.url)
        process = start("xppkg", "-C", self.app, *run)
        self.assertTrue(asked.wait(20))
        return process, go

    def use(self, *sources):
        config = os.path.join(self.app, ".xppkg/config.json")
        value = json.loads(read(config))
        value["sources"] = sources
        write(config, json.dumps(value))

    def end(self, process, go):
        go.set()
        out, err = process.communicate(timeout=30)
        return process.returncode, out + err

    def test_folder_is_free_while_an_update_is_downloaded(self):
        process, go = self.begin("apply", "--newest")
        for words in (["status"], ["verify", "--full"], ["history"], ["gate"], ["recover"],
                      ["start", "--", "true"]):
            self.xppkg(self.app, *words, code=0)
        self.assert_version(self.app, OLD)
        code, text = self.end(process, go)
        self.assertEqual(code, 0, text)
        self.assert_version(self.app, NEW)

    def damage(self):
        """Leaves a file without contents that are anywhere else in the folder."""
        write(os.path.join(self.app, "lib/core.so"), b"")

    def test_folder_is_free_while_a_repair_fetches_its_blocks(self):
        process, go = self.begin("repair", prepare=self.damage)
        for words in (["status"], ["history"], ["gate"], ["recover"], ["start", "--", "true"]):
            self.xppkg(self.app, *words, code=0)
        self.xppkg(self.app, "repair", error="locked.other-run")
        code, text = self.end(process, go)
        self.assertEqual(code, 0, text)
        self.assert_version(self.app, OLD)
        self.assert_nothing_staged(self.app)
        self.assertEqual(os.listdir(os.path.join(self.app, ".xppkg/download")), [])

    def test_folder_is_free_while_what_repairs_the_base_of_an_update_is_fetched(self):
        process, go = self.begin("apply", "--newest", prepare=self.damage)
        self.xppkg(self.app, "start", "--", "true", code=0)
        self.xppkg(self.app, "recover", code=0)
        code, text = self.end(process, go)
        self.assertEqual(code, 0, text)
        self.assertNotIn("cannot be repaired", text)
        self.assert_version(self.app, NEW)

    def test_repair_of_what_was_left_meanwhile_ends(self):
        process, go = self.begin("repair", before=MIDDLE, prepare=self.damage)
        self.xppkg(self.app, "rollback", code=0)
        code, text = self.end(process, go)
        self.assertEqual(code, 14, text)
        self.assert_nothing_staged(self.app)

    def test_update_goes_on_under_the_lock_after_a_delta_that_is_gone(self):
        """Somebody has the folder's lock when the answer comes."""
        self.install(OLD)
        held = []

        def answer(request, data):
            if request.target.endswith("full.xpp"):
                return self.well(request, data)
            if request.target.endswith(".xpp"):
                held.append(open(os.path.join(self.app, ".xppkg/lock"), "rb+"))
                fcntl.lockf(held[0], fcntl.LOCK_EX)
                return reply(404)
            return self.well(request, data)
        self.use(self.serve(answer).url)
        process = start("xppkg", "-C", self.app, "apply", "--newest")
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        self.assert_version(self.app, OLD)
        held[0].close()
        _, text = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, text)
        self.assert_version(self.app, NEW)

    def test_check_beside_a_download_saves_nothing_and_answers(self):
        process, go = self.begin("apply", "--newest")
        self.xppkg(self.app, "check", code=100)
        self.assertEqual(self.end(process, go)[0], 0)
        self.assert_version(self.app, NEW)

    def test_second_update_does_not_touch_the_first_ones_download(self):
        process, go = self.begin("apply", "--newest")
        self.xppkg(self.app, "apply", "--newest", error="locked.other-run")
        self.assertEqual(self.end(process, go)[0], 0)
        self.assert_version(self.app, NEW)

    def test_update_that_waits_for_the_folder_after_its_download_says_for_whom(self):
        process, go = self.begin("apply", "--newest")
        with open(os.path.join(self.app, ".xppkg/lock"), "r+b") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            go.set()
            for line in process.stderr:
                if f"(pid {os.getpid()})" in line:
                    break
            else:
                self.fail("it does not say")
        self.assertEqual(self.end(process, go)[0], 0)
        self.assert_version(self.app, NEW)

    def test_update_whose_folder_was_changed_meanwhile_ends_and_can_be_repeated(self):
        process, go = self.begin("apply", "--newest", before=MIDDLE)
        self.xppkg(self.app, "rollback", code=0)
        self.assert_version(self.app, OLD)
        code, text = self.end(process, go)
        self.assertEqual(code, 14, text)
        self.assertIn("changed it meanwhile", text)
        self.assert_version(self.app, OLD)
        self.assert_nothing_staged(self.app)
        self.xppkg(self.app, "apply", "--to", NEW, code=0)
        self.assert_version(self.app, NEW)

    def test_starts_that_are_counted_meanwhile_are_no_change(self):
        process, go = self.begin("apply", "--newest", before=MIDDLE,
                                 words=("--confirm-within", "3"))
        self.xppkg(self.app, "start", "--", "true", code=0)
        self.xppkg(self.app, "confirm", code=0)
        code, text = self.end(process, go)
        self.assertEqual(code, 0, text)
        self.assert_version(self.app, NEW)


if __name__ == "__main__":
    unittest.main(verbosity=1)
