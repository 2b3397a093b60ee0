"""Files and parts of files from sound and unsound web servers."""

import time

from faulty_http import answers, closes_idle, cuts_always, drips, endless, reply, resets_after
from nginx import free_port
from source_case import BLOCK, SourceCase, sha256


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
        body = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n"
        server = self.misbehave(answers(lambda _request: head + body))
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

    def test_body_that_ends_in_a_reset_is_cut_short(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
        server = self.misbehave(resets_after(head, 500))
        result = self.read_from(server.url, 0, 999)
        self.assert_from(result, b"x" * 500)
        self.assert_error(result, "transport.truncated")

    def test_endless_body_stops_at_the_limit(self):
        for head in (b"HTTP/1.0 200 OK\r\n\r\n",
                     b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
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
        for garbage in (b"", b"\0\xff\xfe garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n",
                        b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\nno colon\r\n",
                        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
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
        self.assert_error(self.read("http://host.invalid/"), "transport.unreachable",
                          "host.invalid")


class Ranges(SourceCase):
    def test_rest_of_a_file_is_read(self):
        server = self.serve()
        for offset in (0, 1, BLOCK, len(self.data) - 1, len(self.data)):
            self.assert_from(self.read_from(server.url, offset), self.data[offset:])
        statuses = [line.split()[8] for line in server.requests()]
        self.assertEqual(statuses, ["200", "206", "206", "206"])

    def test_piece_of_a_file_is_read_and_nothing_else_is_sent(self):
        server = self.serve()
        for begin, end in ((0, 1), (0, BLOCK), (5, 70_000), (len(self.data) - 1, len(self.data))):
            self.assert_from(self.read_from(server.url, begin, end=end), self.data[begin:end])
        lines = [line.split()[8:10] for line in server.requests()]
        self.assertEqual(lines, [["206", "1"], ["206", str(BLOCK)], ["206", "69995"], ["206", "1"]])

    def test_server_that_ignores_ranges_gives_the_right_bytes(self):
        server = self.serve(server_lines="max_ranges 0;")
        self.assert_from(self.read_from(server.url, 100_000), self.data[100_000:])
        self.assert_from(self.read_from(server.url, 0, end=10), self.data[:10])
        self.assert_from(self.read_from(server.url, 70, end=100_000), self.data[70:100_000])

    def test_another_range_than_was_asked_for_is_refused_without_a_byte(self):
        for text in ("bytes 0-9/20", "bytes 5-19/21", "bytes 6-19/20", "5-19/20",
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
        self.assert_error(result, "transport.truncated")

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
        self.assert_error(self.read(server.url + "/6", path="x"), "transport.refused",
                          "5 redirects")

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
        for location in ("file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "http://",
                         "http://a b/", "http://user:secret@127.0.0.1/"):
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
