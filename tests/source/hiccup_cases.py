"""Servers that fail once, that refuse parts of files, and that are too slow."""

import email.utils
import shutil
import time

from faulty_http import answers, cuts_once, ranged, reply
from nginx import free_port
from source_case import BLOCK, SourceCase, block_digests, sha256


def hiccups(first, body, count=1):
    """A behaviour that gives `first` (None: hangs up) to the first requests, and serves well then."""
    def behave(server, connection, request):
        answer = first if len(server.requests) <= count else ranged(body, request)
        if answer is not None:
            connection.sendall(answer)
        return False
    return behave


class Hiccups(SourceCase):
    def test_answers_that_may_pass_are_asked_for_again(self):
        for status in (408, 425, 429, 500, 502, 503, 504):
            server = self.misbehave(hiccups(reply(status, b"later"), self.data))
            self.assert_read(self.read(server.url))
            self.assertEqual(len(server.requests), 2)
            server = self.misbehave(hiccups(reply(status, b"later"), self.data))
            self.assert_from(self.read_from(server.url, 5), self.data[5:])
            self.assertEqual([request.offset() for request in server.requests], [5, 5])

    def test_answers_that_stay_are_not_asked_for_again(self):
        for status in (400, 401, 402, 501, 505):
            server = self.misbehave(answers(lambda _request, s=status: reply(s)))
            self.assert_error(self.read(server.url), "transport.status", str(status))
            self.assertEqual(len(server.requests), 1)

    def test_connection_that_is_closed_without_an_answer_is_opened_again(self):
        for count in (1, 2, 3):
            server = self.misbehave(hiccups(None, self.data, count))
            self.assert_read(self.read(server.url))
            self.assertEqual(len(server.requests), count + 1)

    def test_header_that_breaks_off_is_asked_for_again(self):
        server = self.misbehave(hiccups(b"HTTP/1.1 200 OK\r\nContent-Le", self.data))
        self.assert_read(self.read(server.url))

    def test_small_file_that_breaks_off_is_read_again(self):
        server = self.misbehave(hiccups(reply(200, self.data[:99], length=len(self.data)),
                                        self.data))
        self.assert_read(self.read(server.url))

    def test_body_that_breaks_off_before_its_first_byte_is_asked_for_again(self):
        server = self.misbehave(hiccups(reply(200, b"", length=len(self.data)), self.data, 3))
        self.assert_fetched(self.fetch(server.url))
        self.assertEqual(len(server.requests), 4)

    def test_source_that_is_busy_for_long_is_left_after_three_more_tries(self):
        busy = self.misbehave(answers(lambda _request: reply(503)))
        begin = time.monotonic()
        self.assert_fetched(self.fetch(busy.url, f"file://{self.root}"))
        self.assertEqual(len(busy.requests), 4)
        self.assertGreater(time.monotonic() - begin, 1.5)  # longer and longer pauses

    def test_source_that_was_left_once_gets_one_try_for_each_file(self):
        busy = self.misbehave(answers(lambda _request: reply(503)))
        result = self.run_probe("try", busy.url, *["a", "10"] * 3)
        self.assertEqual(result.text.count("transport.status"), 3)
        self.assertEqual(len(busy.requests), 6)

    def timed(self, header):
        server = self.misbehave(hiccups(reply(503, Retry_After=header), self.data))
        begin = time.monotonic()
        self.assert_read(self.read(server.url))
        return time.monotonic() - begin

    def test_server_says_in_seconds_when_to_come_again(self):
        self.assertGreaterEqual(self.timed("2"), 2)

    def test_server_says_by_a_date_when_to_come_again(self):
        date = email.utils.formatdate(time.time() + 7, usegmt=True)
        self.assertGreaterEqual(self.timed(date), 1.5)
        past = email.utils.formatdate(time.time() - 3600, usegmt=True)
        for header in (past, "soon", "-5", "1.5", "Mon, 99 Foo 9999"):
            self.assertLess(self.timed(header), 2)

    def test_dates_are_judged_by_the_servers_own_clock(self):
        ahead = time.time() + 7200
        server = self.misbehave(hiccups(reply(
            503, Retry_After=email.utils.formatdate(ahead + 1, usegmt=True),
            Date=email.utils.formatdate(ahead, usegmt=True)), self.data))
        begin = time.monotonic()
        self.assert_read(self.read(server.url))
        self.assertLess(time.monotonic() - begin, 4)

    def test_server_that_wants_us_to_wait_for_a_day_holds_us_for_ten_seconds(self):
        elapsed = self.timed("86400")
        self.assertGreaterEqual(elapsed, 10)
        self.assertLess(elapsed, 14)

    def test_pause_ends_when_the_run_is_cancelled(self):
        server = self.misbehave(answers(lambda _request: reply(503, Retry_After="9")))
        begin = time.monotonic()
        self.assert_error(self.read(server.url, options=["--cancel-after", 5]), "cancelled")
        self.assertLess(time.monotonic() - begin, 3)


class RefusedRanges(SourceCase):
    """The first body breaks off; what follows a question for the rest is odd."""

    def broken_off(self, odd):
        """A server whose whole answers are sound after the first, and whose parts are `odd`."""
        def behave(server, connection, request):
            if len(server.requests) == 1:
                return cuts_once(self.data, 3 * BLOCK + 100)(server, connection, request)
            if not request.offset():
                connection.sendall(reply(200, self.data))
            else:
                answer = odd(request.offset())
                if answer is not None:
                    connection.sendall(answer)
            return False
        return self.misbehave(behave)

    def assert_whole_follows(self, odd, requests=None):
        shutil.rmtree(self.store, ignore_errors=True)
        server = self.broken_off(odd)
        self.assert_fetched(self.fetch(server.url))
        offsets = [request.offset() for request in server.requests]
        self.assertEqual(offsets[-1], 0, offsets)
        if requests is not None:
            self.assertEqual(len(offsets), requests, offsets)

    def part(self, offset, **headers):
        return reply(206, self.data[offset:], **headers)

    def test_refused_part_is_followed_by_the_whole_file(self):
        size = len(self.data)
        for answer in (reply(416, Content_Range=f"bytes */{size}"), reply(403), reply(400),
                       reply(501), reply(405), reply(200, b"something else"),
                       reply(302)):
            self.assert_whole_follows(lambda _offset, a=answer: a, 3)

    def test_connection_that_is_closed_at_each_part_is_followed_by_the_whole_file(self):
        self.assert_whole_follows(lambda _offset: None)

    def test_part_of_no_use_is_followed_by_the_whole_file(self):
        size = len(self.data)
        multi = (b"--X\r\nContent-Range: bytes 5-9/10\r\n\r\nabcde\r\n--X--\r\n")
        odd = (
            self.part,  # without Content-Range
            lambda offset: self.part(offset, Content_Range=f"bytes {offset + 1}-{size - 1}/{size}"),
            lambda offset: self.part(offset, Content_Range=f"bytes {offset}-{size - 1}/{size + 1}"),
            lambda offset: self.part(offset, Content_Range="nonsense"),
            lambda offset: reply(206, self.data[offset:offset + 1000],
                                 Content_Range=f"bytes {offset}-{offset + 999}/{size}"),
            lambda offset: reply(206, self.data[offset:offset + 1000],
                                 Content_Range=f"bytes {offset}-{size - 1}/{size}"),
            lambda offset: self.part(offset, Content_Encoding="gzip",
                                     Content_Range=f"bytes {offset}-{size - 1}/{size}"),
            lambda _offset: reply(206, multi, Content_Type="multipart/byteranges; boundary=X"),
        )
        for answer in odd:
            self.assert_whole_follows(answer, 3)

    def test_part_of_other_bytes_is_followed_by_the_whole_file(self):
        size = len(self.data)
        server = self.broken_off(lambda offset: reply(
            206, bytes(255 - byte for byte in self.data[offset:]),
            Content_Range=f"bytes {offset}-{size - 1}/{size}"))
        self.assert_fetched(self.fetch(server.url))

    def test_part_of_an_unknown_total_is_taken(self):
        size = len(self.data)
        server = self.broken_off(
            lambda offset: self.part(offset, Content_Range=f"bytes {offset}-{size - 1}/*"))
        self.assert_fetched(self.fetch(server.url))
        self.assertEqual([request.offset() for request in server.requests], [0, 3 * BLOCK + 100])

    def test_whole_file_that_comes_as_a_part_is_taken(self):
        size = len(self.data)
        server = self.broken_off(
            lambda _offset: reply(206, self.data, Content_Range=f"bytes 0-{size - 1}/{size}"))
        self.assert_fetched(self.fetch(server.url))
        self.assertEqual(len(server.requests), 2)

    def test_busy_server_is_asked_for_the_same_part_again(self):
        busy = []

        def odd(offset):
            busy.append(offset)
            size = len(self.data)
            if len(busy) < 3:
                return reply(503)
            return self.part(offset, Content_Range=f"bytes {offset}-{size - 1}/{size}")
        server = self.broken_off(odd)
        self.assert_fetched(self.fetch(server.url))
        self.assertEqual([request.offset() for request in server.requests],
                         [0] + [3 * BLOCK + 100] * 3)


class SlowSources(SourceCase):
    def slow(self, rate):
        """Sends this many bytes a second, after all that a connection's buffers make of them."""
        def behave(_server, connection, request):
            answer = ranged(self.data, request)
            head = answer.index(b"\r\n\r\n") + 4
            connection.sendall(answer[:head])
            for at in range(head, len(answer), rate // 10):
                connection.sendall(answer[at:at + rate // 10])
                time.sleep(0.1)
            return False
        return self.misbehave(behave)

    def test_source_below_the_least_rate_is_left_at_once_for_the_next_one(self):
        slow = self.slow(500)
        begin = time.monotonic()
        result = self.fetch(slow.url, f"file://{self.root}", options=["--timeout", 2])
        self.assert_fetched(result)
        self.assertIn("bytes in 2 s", result.text)
        self.assertEqual(len(slow.requests), 1)
        self.assertLess(time.monotonic() - begin, 6)

    def test_source_above_the_least_rate_is_kept(self):
        data = self.data[:12_000]
        self.data = data
        slow = self.slow(3000)
        self.assert_fetched(self.fetch(slow.url, data=data, options=["--timeout", 1]), data)

    def test_source_that_was_too_slow_is_asked_last_for_other_files(self):
        slow = self.slow(500)
        other = self.data[::-1]
        self.put("other.bin", other)
        words = self.fetch_words(slow.url, f"file://{self.root}")
        more = ["other.bin", len(other), sha256(other), BLOCK, block_digests(other)]
        result = self.run_probe("--timeout", 1, "fetch2", *words[1:7], *more, *words[7:])
        self.assertIn(f"fetched {len(other)}", result.lines, result.text)
        self.assertEqual(len(slow.requests), 1)


class Unusable(SourceCase):
    def test_proxy_that_cannot_be_used_is_like_one_that_is_down(self):
        server = self.serve()
        for name, value in (("all_proxy", "socks://127.0.0.1:1080/"),
                            ("ALL_PROXY", "socks5h://127.0.0.1:1080"),
                            ("http_proxy", "https://127.0.0.1:1")):
            shutil.rmtree(self.store, ignore_errors=True)
            result = self.fetch(server.url, f"file://{self.root}", env={name: value})
            self.assert_fetched(result)
            self.assertIn(f"environment: {name}", result.text)
            self.assertIn("proxy: " + value, result.text)

    def test_dead_source_is_skipped(self):
        dead = f"http://127.0.0.1:{free_port()}"
        self.assert_fetched(self.fetch(dead, f"file://{self.root}"))
