"""The source room over real connections. All servers run on 127.0.0.1."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from faulty_http import (FaultyServer, Proxy, answers, closes_idle, cuts_always, cuts_once, drips,
                         endless, ranged, reply)
from nginx import Nginx, free_port

PROBE = ""
BLOCK = 64 * 1024
CLEAN = {name: value for name, value in os.environ.items()
         if not name.lower().endswith("_proxy")}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def block_digests(data):
    blocks = (data[at:at + BLOCK] for at in range(0, len(data), BLOCK))
    return ",".join(hashlib.blake2b(block, digest_size=32).hexdigest() for block in blocks)


class Result:
    """What the probe said: all lines, and those that are not progress."""

    def __init__(self, code, text):
        self.code = code
        self.lines = [line for line in text.splitlines() if not line.startswith("progress ")]
        self.progress = [tuple(map(int, line.split()[1:])) for line in text.splitlines()
                         if line.startswith("progress ")]
        self.text = "\n".join(self.lines)


class SourceCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="source-test-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.root = os.path.join(self.folder, "root")
        self.store = os.path.join(self.folder, "store")
        os.mkdir(self.root)
        self.data = random.Random(7).randbytes(10 * BLOCK + 12345)
        self.put("sub/file.bin", self.data)

    def put(self, path, data):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def serve(self, **options):
        server = Nginx(self.root, **options)
        self.addCleanup(server.__exit__)
        return server.__enter__()

    def misbehave(self, behaviour):
        server = FaultyServer(behaviour)
        self.addCleanup(server.__exit__)
        return server.__enter__()

    def proxy(self, **options):
        server = Proxy(**options)
        self.addCleanup(server.__exit__)
        return server.__enter__()

    def start(self, *words, env=None):
        return subprocess.Popen([PROBE, *map(str, words)], stdout=subprocess.PIPE, text=True,
                                env={**CLEAN, **(env or {})})

    def run_probe(self, *words, env=None):
        process = self.start(*words, env=env)
        try:
            text, _ = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail(f"the probe did not end: {words}")
        self.assertIn(process.returncode, (0, 1), text)
        self.assertNotIn("foreign exception", text)
        return Result(process.returncode, text)

    def read(self, url, path="sub/file.bin", limit=1 << 20, options=(), env=None):
        return self.run_probe(*options, "read", url, path, limit, env=env)

    def read_from(self, url, offset, size=None, path="sub/file.bin", options=()):
        size = len(self.data) if size is None else size
        return self.run_probe(*options, "from", url, path, offset, size)

    def fetch_words(self, *urls, data=None, path="sub/file.bin"):
        data = self.data if data is None else data
        return ["fetch", self.store, path, len(data), sha256(data), BLOCK, block_digests(data),
                *urls]

    def fetch(self, *urls, options=(), **more):
        return self.run_probe(*options, *self.fetch_words(*urls, **more))

    def assert_read(self, result, data=None):
        data = self.data if data is None else data
        self.assertIn(f"read {len(data)} {sha256(data)}", result.lines, result.text)

    def assert_from(self, result, data):
        self.assertIn(f"from {len(data)} {sha256(data)}", result.lines, result.text)

    def assert_error(self, result, code, *parts):
        self.assertEqual(result.code, 1, result.text)
        self.assertTrue(result.lines[-1].startswith(f"error {code}:"), result.text)
        for part in parts:
            self.assertIn(part, result.lines[-1])

    def assert_fetched(self, result, data=None):
        data = self.data if data is None else data
        self.assertEqual(result.lines[-1], f"fetched {len(data)}", result.text)
        with open(os.path.join(self.store, sha256(data)), "rb") as file:
            self.assertEqual(sha256(file.read()), sha256(data))
        self.assertEqual(os.listdir(self.store), [sha256(data)])

    def part(self):
        return os.path.join(self.store, sha256(self.data) + ".part")


class Reading(SourceCase):
    def test_whole_file_is_read_over_http(self):
        result = self.read(self.serve().url)
        self.assert_read(result)
        self.assertEqual(result.code, 0)

    def test_address_with_a_slash_at_its_end_is_the_same(self):
        server = self.serve()
        self.assert_read(self.read(server.url + "/sub/", path="file.bin"))
        self.assertIn("GET /sub/file.bin HTTP/1.1", server.requests()[0])

    def test_encoded_slash_of_the_base_is_sent_as_it_was_written(self):
        server = self.misbehave(answers(lambda _request: reply(200, b"ok")))
        self.read(server.url + "/a%2Fb%20c/", path="d")
        self.assertEqual(server.requests[0].target, "/a%2Fb%20c/d")

    def test_program_says_its_name_and_version(self):
        server = self.misbehave(answers(lambda _request: reply(200, b"ok")))
        self.read(server.url)
        self.assertRegex(server.requests[0].headers["user-agent"], r"^xppkg/\d+\.\d+\.\d+$")

    def test_missing_file_is_an_answer_and_no_error(self):
        for status in (403, 404, 410):
            lines = f"location /gone {{ return {status}; }}"
            result = self.read(self.serve(server_lines=lines).url, path="gone/file")
            self.assertEqual(result.lines[1:], ["missing"], result.text)

    def test_error_status_is_an_error_with_that_status(self):
        for status in (400, 401, 429, 500, 503):
            server = self.serve(server_lines=f"location /sub {{ return {status}; }}")
            self.assert_error(self.read(server.url), "transport.status", f"status: {status}",
                              "path: sub/file.bin", f"source: {server.url}")

    def test_connection_is_used_again(self):
        server = self.serve(server_lines="add_header X-Connection $connection;",
                            http_lines="log_format c '$connection'; ")
        words = ["read", server.url] + ["sub/file.bin", "9999999", "missing", "10"] * 3
        self.assertEqual(self.run_probe(*words).lines.count("missing"), 3)
        server = self.misbehave(lambda _server, connection, _request:
                                connection.sendall(reply(200, b"ok")) or True)
        self.run_probe("read", server.url, *["a", "10"] * 5)
        self.assertEqual((len(server.requests), server.connections), (5, 1))

    def test_idle_connection_that_was_closed_is_opened_again(self):
        server = self.misbehave(closes_idle(b"ok"))
        result = self.run_probe("read", server.url, *["a", "10"] * 3)
        self.assertEqual(result.lines[1:], [f"read 2 {sha256(b'ok')}"] * 3)
        self.assertEqual(server.connections, 3)

    def test_body_in_chunks_is_read(self):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        server = self.misbehave(answers(lambda _r: head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n"))
        self.assert_read(self.read(server.url), b"abcde")

    def test_body_until_the_connection_ends_is_read(self):
        server = self.misbehave(answers(lambda _request: b"HTTP/1.0 200 OK\r\n\r\nabc"))
        self.assert_read(self.read(server.url), b"abc")

    def test_empty_file_is_read(self):
        self.put("empty", b"")
        self.assert_read(self.read(self.serve().url, path="empty", limit=0), b"")

    def test_file_of_exactly_the_limit_is_read_and_a_larger_one_refused(self):
        server = self.serve()
        self.assert_read(self.read(server.url, limit=len(self.data)))
        self.assert_error(self.read(server.url, limit=len(self.data) - 1), "limit.exceeded")

    def test_cancelling_ends_the_call(self):
        server = self.misbehave(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", 0.05))
        begin = time.monotonic()
        self.assert_error(self.read(server.url, options=["--cancel-after", 5]), "cancelled")
        silent = self.misbehave(lambda *_: time.sleep(5))
        self.assert_error(self.read(silent.url, options=["--cancel-after", 5]), "cancelled")
        self.assertLess(time.monotonic() - begin, 4)


class Misbehaviour(SourceCase):
    def test_body_cut_short_is_no_success(self):
        for answer in (reply(200, b"abcde", length=1000),
                       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
                       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabcde"):
            server = self.misbehave(answers(lambda _request, a=answer: a))
            self.assert_error(self.read(server.url), "transport.truncated")

    def test_endless_body_stops_at_the_limit(self):
        for head in (b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
                     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n"):
            server = self.misbehave(endless(head))
            self.assert_error(self.read(server.url), "limit.exceeded")

    def test_endless_body_gives_no_byte_more_than_the_file_has(self):
        server = self.misbehave(endless(b"HTTP/1.0 200 OK\r\n\r\n"))
        self.assert_from(self.read_from(server.url, 0, 1000), b"x" * 1000)

    def test_endless_header_is_cut_off(self):
        for head in (b"HTTP/1.1 200 OK\r\nX: ", b"", b"HTTP/1.1 200 "):
            server = self.misbehave(endless(head))
            self.assert_error(self.read(server.url), "transport.unreachable", "cause")
        interim = self.misbehave(answers(lambda _r: b"HTTP/1.1 100 Continue\r\n\r\n" * 5000))
        self.assert_error(self.read(interim.url), "transport.unreachable", "interim")

    def test_garbage_is_no_answer(self):
        for garbage in (b"", b"\0\xff\xfe garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1\r\n\r\n",
                        b"HTTP/1.1 200 OK\r\nno colon\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                        b"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nabcde",
                        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
                        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
                        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20000 + b"\r\n"):
            server = self.misbehave(answers(lambda _request, g=garbage: g))
            self.assert_error(self.read(server.url), "transport.unreachable", "cause")

    def test_silent_server_is_given_up_after_the_timeout(self):
        server = self.misbehave(lambda *_: time.sleep(10))
        begin = time.monotonic()
        self.assert_error(self.read(server.url, options=["--timeout", 1]), "transport.unreachable",
                          "no bytes for 1 s")
        self.assertLess(time.monotonic() - begin, 4)

    def test_body_that_drips_is_given_up(self):
        server = self.misbehave(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", 0.2))
        begin = time.monotonic()
        self.assert_error(self.read(server.url, options=["--timeout", 1]), "transport.truncated")
        self.assertLess(time.monotonic() - begin, 4)

    def test_header_that_drips_is_given_up(self):
        server = self.misbehave(drips(b"HTTP/1.1 200 OK\r\nX: ", 0.2))
        self.assert_error(self.read(server.url, options=["--timeout", 1]), "transport.unreachable")

    def test_server_that_is_not_there_is_unreachable(self):
        self.assert_error(self.read(f"http://127.0.0.1:{free_port()}"), "transport.unreachable",
                          "Connection refused")
        self.assert_error(self.read("http://host.invalid/"), "transport.unreachable", "host.invalid")


class Ranges(SourceCase):
    def test_rest_of_a_file_is_read(self):
        server = self.serve()
        for offset in (0, 1, BLOCK, len(self.data) - 1, len(self.data)):
            self.assert_from(self.read_from(server.url, offset), self.data[offset:])
        self.assertEqual([line.split()[8] for line in server.requests()], ["200", "206", "206", "206"])

    def test_server_that_ignores_ranges_gives_the_right_bytes(self):
        server = self.serve(server_lines="max_ranges 0;")
        self.assert_from(self.read_from(server.url, 100_000), self.data[100_000:])

    def test_another_range_than_was_asked_for_is_refused_without_a_byte(self):
        for text in ("bytes 0-9/20", "bytes 5-19/21", "bytes 5-19/*", "bytes 6-19/20", "5-19/20",
                     "bytes 5-19", "bytes 19-5/20", "bytes 5-20/20", "", "bytes 5-19/20 "
                     "bytes 5-19/20"):
            server = self.misbehave(answers(
                lambda _request, t=text: reply(206, b"x" * 15, Content_Range=t)))
            result = self.read_from(server.url, 5, 20)
            self.assert_from(result, b"")
            self.assert_error(result, "transport.status", "range")

    def test_partial_answer_to_a_whole_question_is_refused(self):
        server = self.misbehave(answers(
            lambda _request: reply(206, b"x", Content_Range="bytes 0-0/20")))
        self.assert_error(self.read_from(server.url, 0, 20), "transport.status", "206")
        self.assert_error(self.read(server.url), "transport.status", "206")

    def test_range_behind_the_end_is_an_error(self):
        result = self.read_from(self.serve().url, len(self.data) + 5, len(self.data) + 10)
        self.assert_error(result, "transport.status", "416")

    def test_shorter_file_at_the_source_is_truncated(self):
        result = self.read_from(self.serve().url, 0, len(self.data) + 10)
        self.assert_from(result, self.data)
        self.assert_error(result, "transport.truncated")

    def test_longer_file_at_the_source_gives_the_wanted_bytes(self):
        self.assert_from(self.read_from(self.serve().url, 0, 1000), self.data[:1000])

    def test_what_came_before_a_cut_is_written(self):
        server = self.misbehave(cuts_always(self.data, 100_001))
        result = self.read_from(server.url, 10)
        self.assert_from(result, self.data[10:100_011])
        self.assert_error(result, "transport.truncated")

    def test_missing_file_is_not_found(self):
        self.assert_error(self.read_from(self.serve().url, 0, path="none"), "notfound.file",
                          "path: none")


class Redirects(SourceCase):
    def to(self, location):
        return self.misbehave(answers(lambda _request: reply(302, Location=location)))

    def test_redirects_are_followed_absolute_and_relative(self):
        server = self.serve(server_lines="absolute_redirect off;"
                            "location /a { return 301 /b/x; } location /b { return 307 c?q=1; }"
                            "location /b/c { return 308 ../sub/file.bin; }")
        self.assert_read(self.read(server.url + "/a"))
        self.assert_read(self.read(self.to(server.url + "/sub/file.bin").url))
        self.assert_read(self.read(self.to(server.url.removeprefix("http:") + "/sub/file.bin").url))

    def test_redirect_keeps_the_range(self):
        server = self.to(self.serve().url + "/sub/file.bin")
        self.assert_from(self.read_from(server.url, 5000), self.data[5000:])

    def test_five_redirects_are_followed_and_no_more(self):
        def hops(request):
            left = int(request.target.split("/")[1])
            return reply(302, Location=f"/{left - 1}/x") if left else reply(200, b"ok")
        server = self.misbehave(answers(hops))
        self.assert_read(self.read(server.url + "/5", path="x"), b"ok")
        self.assert_error(self.read(server.url + "/6", path="x"), "transport.refused", "5 redirects")

    def test_redirect_in_a_circle_ends(self):
        server = self.misbehave(answers(lambda request: reply(301, Location=request.target)))
        self.assert_error(self.read(server.url), "transport.refused")
        self.assertEqual(len(server.requests), 6)

    def test_redirect_from_https_to_http_is_refused(self):
        plain = self.serve()
        server = self.serve(tls=True, server_lines=f"return 302 {plain.url}/sub/file.bin;")
        result = self.read(server.url, options=["--ca", server.ca_file])
        self.assert_error(result, "transport.refused", "from https to http")
        self.assertEqual(plain.requests(), [])

    def test_redirect_to_another_scheme_is_refused(self):
        for location in ("file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "http://", "http://a b/",
                         "http://user:secret@127.0.0.1/"):
            result = self.read(self.to(location).url)
            self.assert_error(result, "transport.refused")
            self.assertNotIn("secret", result.text)

    def test_redirect_without_a_place_is_an_error_status(self):
        server = self.misbehave(answers(lambda _request: reply(302)))
        self.assert_error(self.read(server.url), "transport.status", "302")

    def test_credentials_go_to_their_own_server_only(self):
        other = self.misbehave(answers(lambda _request: reply(200, b"ok")))
        server = self.to(other.url + "/x")
        result = self.read(server.url.replace("http://", "http://user:se%40cret@"))
        self.assert_read(result, b"ok")
        self.assertEqual(server.requests[0].headers["authorization"], "Basic dXNlcjpzZUBjcmV0")
        self.assertNotIn("authorization", other.requests[0].headers)
        self.assertIn(f"address http://user@127.0.0.1:{server.port}", result.lines)
        self.assertNotIn("cret", result.text)


class Tls(SourceCase):
    def test_server_with_a_known_ca_is_read(self):
        server = self.serve(tls=True)
        options = ["--ca", server.ca_file]
        self.assert_read(self.read(server.url, options=options))
        self.assert_from(self.read_from(server.url, 777, options=options), self.data[777:])
        words = [*options, "read", server.url, *["sub/file.bin", 1 << 20, "none", 5] * 3]
        self.assertEqual(self.run_probe(*words).lines.count("missing"), 3)

    def test_server_with_a_host_name_is_read(self):
        server = self.serve(tls=True, names="DNS:localhost")
        url = server.url.replace("127.0.0.1", "localhost")
        self.assert_read(self.read(url, options=["--ca", server.ca_file]))

    def test_system_store_is_used_without_a_ca_file(self):
        server = self.serve(tls=True)
        self.assert_read(self.read(server.url, env={"SSL_CERT_FILE": server.ca_file}))

    def test_unknown_ca_is_refused(self):
        server = self.serve(tls=True)
        other = self.serve(tls=True)
        self.assert_error(self.read(server.url), "transport.unreachable", "certificate verify failed")
        self.assert_error(self.read(server.url, options=["--ca", other.ca_file]),
                          "transport.unreachable", "certificate verify failed")
        self.assertEqual(server.requests(), [])

    def test_certificate_for_another_host_is_refused(self):
        for names in ("IP:127.0.0.2", "DNS:localhost", "DNS:example.com"):
            server = self.serve(tls=True, names=names)
            self.assert_error(self.read(server.url, options=["--ca", server.ca_file]),
                              "transport.unreachable", "127.0.0.1")
            self.assertEqual(server.requests(), [])

    def test_old_protocol_is_refused(self):
        server = self.serve(tls=True, server_lines="ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;")
        self.assert_error(self.read(server.url, options=["--ca", server.ca_file]),
                          "transport.unreachable")

    def test_missing_ca_file_is_named(self):
        server = self.serve(tls=True)
        self.assert_error(self.read(server.url, options=["--ca", "/no/such.pem"]),
                          "transport.unreachable", "/no/such.pem")

    def test_plain_server_on_an_https_address_is_an_error(self):
        server = self.serve()
        self.assert_error(self.read(server.url.replace("http:", "https:")), "transport.unreachable")

    def test_idle_connection_that_was_closed_is_opened_again(self):
        server = self.serve(tls=True, server_lines="keepalive_timeout 0;")
        words = ["--ca", server.ca_file, "read", server.url, *["sub/file.bin", 1 << 20] * 3]
        self.assertEqual(len(self.run_probe(*words).lines), 4)
        server = self.serve(tls=True, server_lines="keepalive_requests 2;")
        words = ["--ca", server.ca_file, "read", server.url, *["none", 1] * 7]
        self.assertEqual(self.run_probe(*words).lines.count("missing"), 7)


class Proxies(SourceCase):
    def test_http_goes_through_the_proxy(self):
        server, proxy = self.serve(), self.proxy()
        self.assert_read(self.read(server.url, options=["--proxy", proxy.url]))
        self.assertEqual(proxy.requests[0].target, server.url + "/sub/file.bin")
        self.assertNotIn("proxy-authorization", proxy.requests[0].headers)

    def test_https_goes_through_a_tunnel(self):
        server, proxy = self.serve(tls=True), self.proxy()
        options = ["--proxy", proxy.url, "--ca", server.ca_file]
        self.assert_read(self.read(server.url, options=options))
        self.assertEqual(proxy.requests[0].method, "CONNECT")
        self.assertEqual(proxy.requests[0].target, f"127.0.0.1:{server.port}")
        self.assert_from(self.read_from(server.url, 9, options=options), self.data[9:])

    def test_tunnel_leaves_names_to_the_proxy_and_checks_the_certificate(self):
        server = self.serve(tls=True, names="DNS:updates.invalid")
        proxy = self.proxy(resolve={"updates.invalid": "127.0.0.1", "other.invalid": "127.0.0.1"})
        options = ["--proxy", proxy.url, "--ca", server.ca_file]
        self.assert_read(self.read(f"https://updates.invalid:{server.port}", options=options))
        self.assert_error(self.read(f"https://other.invalid:{server.port}", options=options),
                          "transport.unreachable", "other.invalid")

    def test_proxy_with_credentials(self):
        server, secure = self.serve(), self.serve(tls=True)
        proxy = self.proxy(credentials="user:p@ss")
        url = proxy.url.replace("http://", "http://user:p%40ss@")
        options = ["--proxy", url, "--ca", secure.ca_file]
        self.assert_read(self.read(server.url, options=options))
        self.assert_read(self.read(secure.url, options=options))

    def test_proxy_that_wants_credentials_is_named(self):
        server, secure = self.serve(), self.serve(tls=True)
        proxy = self.proxy(credentials="user:right")
        for user in ("", "user:wrong@"):
            options = ["--proxy", proxy.url.replace("//", "//" + user), "--ca", secure.ca_file]
            for url in (server.url, secure.url):
                result = self.read(url, options=options)
                self.assert_error(result, "transport.status", "407", f"127.0.0.1:{proxy.port}")
                self.assertNotIn("wrong", result.text)

    def test_credentials_of_the_source_pass_the_proxy_and_those_of_the_proxy_do_not(self):
        secure = self.misbehave(answers(lambda _request: reply(200, b"ok")))
        proxy = self.proxy(credentials="p:q")
        result = self.read(secure.url.replace("//", "//user:pass@"),
                           options=["--proxy", proxy.url.replace("//", "//p:q@")])
        self.assert_read(result, b"ok")
        self.assertIn("authorization", secure.requests[0].headers)
        self.assertNotIn("proxy-authorization", secure.requests[0].headers)

    def test_proxy_of_the_environment_is_used(self):
        server, secure, proxy = self.serve(), self.serve(tls=True), self.proxy()
        self.assert_read(self.read(server.url, env={"http_proxy": proxy.url}))
        self.assert_read(self.read(secure.url, options=["--ca", secure.ca_file],
                                   env={"HTTPS_PROXY": proxy.url}))
        self.assertEqual([request.method for request in proxy.requests], ["GET", "CONNECT"])
        unused = {"http_proxy": proxy.url, "no_proxy": "example.com,127.0.0.1"}
        self.assert_read(self.read(server.url, env=unused))
        self.assert_read(self.read(server.url, env={"HTTP_PROXY": proxy.url}))
        self.assert_read(self.read(server.url, options=["--proxy", "none"],
                                   env={"http_proxy": proxy.url}))
        self.assertEqual(len(proxy.requests), 2)

    def test_proxy_that_is_not_there_is_named(self):
        port = free_port()
        result = self.read(self.serve().url, options=["--proxy", f"http://u:secret@127.0.0.1:{port}"])
        self.assert_error(result, "transport.unreachable", f"proxy: u@127.0.0.1:{port}")
        self.assertNotIn("secret", result.text)


class Folders(SourceCase):
    def test_file_addresses_are_read_like_others(self):
        for url in (f"file://{self.root}", f"file:{self.root}", f"FILE://localhost{self.root}/"):
            self.assert_read(self.read(url))
            self.assert_from(self.read_from(url, 123), self.data[123:])
        self.assert_fetched(self.fetch(f"file://{self.root}"))

    def test_missing_folder_is_unreachable_and_missing_file_is_not(self):
        url = f"file://{self.root}"
        self.assertIn("missing", self.read(url, path="none").lines)
        self.assert_error(self.read_from(url, 0, path="none"), "notfound.file")
        self.assert_error(self.read(url + "/none"), "transport.unreachable", "no such folder")


class Downloads(SourceCase):
    def test_file_is_fetched_with_progress_to_the_end(self):
        result = self.fetch(self.serve().url)
        self.assert_fetched(result)
        self.assertEqual(result.progress[-1], (len(self.data), len(self.data)))
        self.assertEqual(sorted(result.progress), result.progress)

    def test_finished_file_is_not_asked_for_again(self):
        server = self.serve()
        self.fetch(server.url)
        self.assert_fetched(self.fetch(server.url))
        self.assertEqual(len(server.requests()), 1)

    def test_damaged_finished_file_is_mended_from_its_first_bad_block_on(self):
        server = self.serve()
        self.fetch(server.url)
        with open(os.path.join(self.store, sha256(self.data)), "r+b") as file:
            file.seek(5 * BLOCK + 7)
            file.write(b"bad")
        self.assert_fetched(self.fetch(server.url))
        self.assertEqual(int(server.requests()[1].split()[9]), len(self.data) - 5 * BLOCK)

    def test_empty_file_is_fetched(self):
        self.assert_fetched(self.fetch(self.serve().url, data=b""), b"")

    def kill_when_some_is_there(self, process, least):
        end = time.monotonic() + 20
        while time.monotonic() < end and process.poll() is None:
            if os.path.exists(self.part()) and os.path.getsize(self.part()) >= least:
                break
            time.sleep(0.005)
        process.kill()
        process.communicate()

    def test_killed_download_goes_on_where_it_stopped(self):
        slow = self.serve(server_lines="limit_rate 200k;")
        for count in (1, 3):
            self.kill_when_some_is_there(self.start(*self.fetch_words(slow.url)),
                                         count * BLOCK + 1)
            self.assertEqual(os.listdir(self.store), [os.path.basename(self.part())])
        kept = os.path.getsize(self.part())
        self.assertLess(kept, len(self.data))
        fast = self.serve()
        result = self.fetch(fast.url)
        self.assertIn(f"present {kept}", result.lines)
        self.assert_fetched(result)
        self.assertEqual(int(fast.requests()[0].split()[9]), len(self.data) - kept)

    def test_killed_download_goes_on_at_another_mirror(self):
        slow = self.serve(tls=True, server_lines="limit_rate 200k;")
        self.kill_when_some_is_there(
            self.start("--ca", slow.ca_file, *self.fetch_words(slow.url)), BLOCK)
        self.assert_fetched(self.fetch(f"file://{self.root}"))

    def test_cut_line_is_tried_again_with_what_is_kept(self):
        server = self.misbehave(cuts_once(self.data, 100_000))
        result = self.fetch(server.url)
        self.assert_fetched(result)
        self.assertNotIn("notice", result.text)
        self.assertEqual([request.offset() for request in server.requests], [0, 100_000])

    def test_line_that_breaks_again_and_again_gets_through(self):
        server = self.misbehave(cuts_always(self.data, 2 * BLOCK))
        self.assert_fetched(self.fetch(server.url))
        self.assertEqual(len(server.requests), 6)

    def test_source_that_gives_little_is_left_after_three_more_tries(self):
        poor = self.misbehave(cuts_always(self.data, 10))
        result = self.fetch(poor.url, f"file://{self.root}")
        self.assert_fetched(result)
        self.assertEqual([request.offset() for request in poor.requests], [0, 10, 20, 30])
        self.assertIn(f"notice source.skipped {poor.url}", result.text)

    def test_mirrors_are_tried_in_turn(self):
        dead = f"http://127.0.0.1:{free_port()}"
        empty = self.serve(server_lines="location / { return 404; }")
        broken = self.serve(server_lines="location / { return 500; }")
        garbage = self.misbehave(answers(lambda _request: b"garbage"))
        good = self.serve()
        result = self.fetch(dead, empty.url, broken.url, garbage.url, good.url)
        self.assert_fetched(result)
        self.assertEqual([line.split()[2] for line in result.lines if line.startswith("notice")],
                         [dead, empty.url, broken.url, garbage.url])

    def test_last_error_is_thrown_when_no_mirror_is_left(self):
        broken = self.serve(server_lines="location / { return 500; }")
        empty = self.serve(server_lines="location / { return 404; }")
        result = self.fetch(broken.url, empty.url)
        self.assert_error(result, "notfound.file", empty.url)
        self.assertEqual(result.text.count("notice source.skipped"), 1)

    def test_bad_block_is_thrown_away_and_the_next_mirror_goes_on_from_there(self):
        bad = bytearray(self.data)
        bad[3 * BLOCK + 5] ^= 1
        evil = self.misbehave(answers(lambda request: ranged(bytes(bad), request)))
        good = self.misbehave(answers(lambda request: ranged(self.data, request)))
        result = self.fetch(evil.url, good.url)
        self.assert_fetched(result)
        self.assertEqual([request.offset() for request in evil.requests], [0])
        self.assertEqual([request.offset() for request in good.requests], [3 * BLOCK])
        self.assertIn("trust.hash", result.text)

    def test_bad_block_without_another_mirror_is_refused_and_good_blocks_stay(self):
        bad = self.data[:2 * BLOCK] + b"x" * (len(self.data) - 2 * BLOCK)
        evil = self.misbehave(answers(lambda request: ranged(bad, request)))
        self.assert_error(self.fetch(evil.url), "trust.hash", "block: 2")
        self.assertEqual(os.path.getsize(self.part()), 2 * BLOCK)
        self.assert_fetched(self.fetch(f"file://{self.root}"))

    def test_endless_wrong_and_slow_mirrors_do_not_stop_the_download(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"
        endless_one = self.misbehave(endless(head))
        slow = self.misbehave(drips(head, 0.2))
        short = self.misbehave(answers(lambda _request: reply(200, self.data, length=100)))
        result = self.fetch(endless_one.url, short.url, slow.url, self.serve().url,
                            options=["--timeout", 1])
        self.assert_fetched(result)

    def test_large_file_comes_at_speed_in_bounded_memory(self):
        data = random.Random(9).randbytes(32 << 20)
        self.put("large", data)
        server = self.serve()
        begin = time.monotonic()
        self.assert_fetched(self.fetch(server.url, data=data, path="large"), data)
        self.assertLess(time.monotonic() - begin, 20)

    def test_cancelled_download_keeps_its_part(self):
        slow = self.serve(server_lines="limit_rate 200k;")
        self.assert_error(self.fetch(slow.url, options=["--cancel-after", 10]), "cancelled")
        self.assertGreater(os.path.getsize(self.part()), 0)


if __name__ == "__main__":
    at = sys.argv.index("--probe")
    PROBE = sys.argv[at + 1]
    del sys.argv[at:at + 2]
    unittest.main(verbosity=1)
