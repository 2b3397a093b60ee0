"""Real web servers: compressed bodies, odd headers, and answers that are not ours."""

import gzip
import time
import zlib

from faulty_http import answers, endless, reply
from source_case import BLOCK, SourceCase, sha256

PAGE = b"<!DOCTYPE html>\n<html><body>Please log in to our network.</body></html>"


def raw_deflate(data):
    maker = zlib.compressobj(wbits=-15)
    return maker.compress(data) + maker.flush()


class Encodings(SourceCase):
    def compressed(self, body, encoding, **more):
        return self.misbehave(answers(
            lambda _request: reply(200, body, Content_Encoding=encoding, **more)))

    def test_compressed_body_is_undone(self):
        halves = gzip.compress(self.data[:500]) + gzip.compress(self.data[500:])
        for body, encoding in ((gzip.compress(self.data), "gzip"),
                               (gzip.compress(self.data), "X-GZip"),
                               (gzip.compress(self.data) + bytes(10), "gzip"),
                               (halves, "gzip"),
                               (zlib.compress(self.data), "deflate"),
                               (raw_deflate(self.data), "deflate"),
                               (gzip.compress(self.data), "deflate"),
                               (self.data, "identity"), (self.data, "")):
            server = self.compressed(body, encoding)
            self.assert_read(self.read(server.url))
            self.assert_from(self.read_from(server.url, 0), self.data)
            self.assert_from(self.read_from(server.url, 1000, end=BLOCK), self.data[1000:BLOCK])
            self.assertEqual(server.requests[0].headers["accept-encoding"], "identity")

    def test_compressed_download_is_whole(self):
        self.assert_fetched(self.fetch(self.compressed(gzip.compress(self.data), "gzip").url))

    def test_body_that_only_says_that_it_is_compressed_is_read_as_it_is(self):
        self.assert_read(self.read(self.compressed(b"{plain}", "gzip").url), b"{plain}")

    def test_compressed_transfer_is_undone(self):
        body = gzip.compress(b"hello")
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        server = self.misbehave(answers(lambda _request: head + chunked))
        self.assert_read(self.read(server.url), b"hello")

    def test_other_encodings_are_named(self):
        for encoding in ("br", "zstd", "gzip, gzip"):
            server = self.compressed(b"{}", encoding)
            self.assert_error(self.read(server.url), "transport.encoding", encoding)
            self.assert_error(self.read_from(server.url, 0, 2), "transport.encoding", encoding)

    def test_damaged_compressed_body_is_told_and_the_next_source_asked(self):
        body = bytearray(gzip.compress(self.data))
        body[2000] ^= 255
        server = self.compressed(bytes(body), "gzip")
        self.assert_error(self.read(server.url), "transport.encoding")
        self.assert_fetched(self.fetch(server.url, f"file://{self.root}"))

    def test_compressed_body_that_ends_too_early_is_cut_short(self):
        server = self.compressed(gzip.compress(self.data)[:5000], "gzip")
        self.assert_error(self.read(server.url), "transport.truncated")

    def test_bomb_stops_at_the_limit(self):
        bomb = gzip.compress(bytes(200 << 20), 9)
        server = self.compressed(bomb, "gzip")
        self.assert_error(self.read(server.url), "limit.exceeded")
        self.assert_from(self.read_from(server.url, 0, 1000), bytes(1000))

    def test_compressed_body_that_gives_nothing_ends(self):
        nothing = b"\x00\x00\x00\xff\xff" * 13107  # empty stored blocks
        head = (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10]
                + nothing[:5])

        def behave(_server, connection, _request):
            connection.sendall(head)
            while True:
                connection.sendall(nothing)
        server = self.misbehave(behave)
        self.assert_error(self.read(server.url), "transport.encoding", "more compressed bytes")
        self.assert_error(self.read_from(server.url, 0, 1000), "transport.encoding")


class OddHeaders(SourceCase):
    def assert_understood(self, head, body=b"{}", rest=b""):
        server = self.misbehave(answers(lambda _request: head + b"\r\n\r\n" + body + rest))
        self.assert_read(self.read(server.url), body)

    def test_odd_headers_are_understood(self):
        length = b"\r\nContent-Length: 2"
        for head in (b"HTTP/1.1 200" + length, b"HTTP/1.1 200 " + length,
                     b"HTTP/1.0 200 OK" + length,
                     b"HTTP/1.1 200 " + b"o" * 2000 + length,
                     b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 30_000 + length,
                     b"HTTP/1.1 200 OK" + b"\r\nSet-Cookie: a=b" * 900 + length,
                     b"HTTP/1.1 200 OK\r\nX-Empty:\r\nX Odd Name: 1\r\nno colon" + length,
                     b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n b" + length,
                     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity" + length,
                     b"\r\n\nHTTP/1.1 200 OK" + length,
                     b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH :  2 ",
                     b"HTTP/1.1 200 OK" + length + length,
                     b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2",
                     b"HTTP/1.1 200 OK\r\n\xfc\xff: \xfe" + length,
                     b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK" + length):
            self.assert_understood(head)

    def test_lines_without_a_carriage_return_are_understood(self):
        server = self.misbehave(answers(
            lambda _request: b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"))
        self.assert_read(self.read(server.url), b"{}")

    def test_both_ends_of_lines_in_one_header_are_understood(self):
        for head in (b"HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\n",
                     b"HTTP/1.1 200 OK\nContent-Length: 2\r\n\n",
                     b"HTTP/1.1 200 OK\nContent-Length: 2\n\r\n"):
            server = self.misbehave(answers(lambda _request, head=head: head + b"{}"))
            begin = time.monotonic()
            self.assert_read(self.read(server.url), b"{}")
            self.assertLess(time.monotonic() - begin, 5)

    def test_body_longer_than_it_says_spoils_no_later_answer(self):
        for more in (b"\r\n", b"more bytes of a page"):
            def behave(server, connection, _request, more=more):
                if len(server.requests) > 1 and server.connections == 1:
                    connection.sendall(more)
                connection.sendall(reply(200, b"{}"))
                return True
            server = self.misbehave(behave)
            result = self.run_probe("read", server.url, *["a", "10"] * 3)
            self.assertEqual(result.lines[1:], [f"read 2 {sha256(b'{}')}"] * 3)

    def test_words_that_are_no_encoding_are_left_alone(self):
        for word in ("utf-8", "binary", "aws-chunked", "none", "8bit, identity"):
            server = self.misbehave(answers(
                lambda _request, word=word: reply(200, b"{}", Content_Encoding=word)))
            self.assert_read(self.read(server.url), b"{}")

    def test_two_lengths_are_no_answer(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}"
        server = self.misbehave(answers(lambda _request: head))
        self.assert_error(self.read(server.url), "transport.unreachable", "Content-Length")

    def test_chunks_win_over_a_length(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: Chunked\r\n\r\n"
        body = b"1\r\n{\r\n0001;a=\"b\"\r\n}\r\n000\r\nTrailer: x\r\nOther: y\r\n\r\n"
        server = self.misbehave(answers(lambda _request: head + body))
        self.assert_read(self.read(server.url), b"{}")

    def test_locations_are_understood_as_browsers_do(self):
        for location, target in (("/a b/c", "/a%20b/c"), ("/größe", "/gr%C3%B6%C3%9Fe"),
                                 ("  /x  ", "/x"), ("/x#part", "/x"), ("../y", "/y"),
                                 ("?q=1", "/sub/file.bin?q=1"), ("./z?a=%2F==", "/sub/z?a=%2F=="),
                                 ("/a/./b/../c", "/a/c"), ("/../../up", "/up"),
                                 ("/p?s=abc%2Fdef%3D%3D&e=1", "/p?s=abc%2Fdef%3D%3D&e=1")):
            def behave(server, connection, _request, place=location):
                first = len(server.requests) == 1
                connection.sendall(
                    b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n"
                    % place.encode() if first else reply(200, b"{}"))
                return False
            server = self.misbehave(behave)
            self.assert_read(self.read(server.url), b"{}")
            self.assertEqual(server.requests[1].target, target)


class NotOurs(SourceCase):
    def test_web_page_is_called_that(self):
        long_page = PAGE + b"x" * 500_000
        for body in (PAGE, b"\xef\xbb\xbf \r\n<HTML>", b"<?xml version='1.0'?><Error/>",
                     b"<!-- portal --><html>", b"<head>", long_page, gzip.compress(PAGE)):
            more = {"Content_Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
            server = self.misbehave(answers(lambda _request, b=body, m=more: reply(200, b, **m)))
            self.assert_error(self.read(server.url, limit=1000), "transport.not-ours",
                              f"source: {server.url}")
            self.assert_error(self.read_from(server.url, 0, 99_999), "transport.not-ours")
            self.assert_error(self.read_from(server.url, 70_000, 99_999), "transport.not-ours")
            self.assertLess(len(server.requests), 6)  # not tried again and again

    def test_text_where_data_is_due_is_called_that(self):
        text = reply(200, b"Access denied by policy", Content_Type="text/plain; charset=utf-8")
        server = self.misbehave(answers(lambda _request: text))
        self.assert_error(self.read(server.url), "transport.not-ours", "type: text/plain")

    def test_message_of_a_web_service_is_called_that(self):
        for body in (b'{"success": false}', b'{ "timestamp" : 1, "status": 404}', b'[{"error": 1}]',
                     b'{"errors": ["x"]}', b'{"title": "Not Found"}', b'{"fault": {}}'):
            server = self.misbehave(answers(lambda _request, b=body: reply(
                200, b, Content_Type="application/json")))
            self.assert_error(self.read(server.url), "transport.not-ours")

    def test_data_that_is_called_text_is_read(self):
        text = reply(200, b' {"a": 1}', Content_Type="text/html")
        server = self.misbehave(answers(lambda _request: text))
        self.assert_read(self.read(server.url), b' {"a": 1}')
        page = reply(200, self.data, Content_Type="text/html")
        server = self.misbehave(answers(lambda _request: page))
        self.assert_fetched(self.fetch(server.url))

    def test_redirect_to_a_login_page_is_called_that(self):
        portal = self.misbehave(answers(lambda _request: reply(200, PAGE, Content_Type="text/html")))
        server = self.misbehave(answers(
            lambda _request: reply(302, Location=portal.url + "/login?back=/x")))
        self.assert_error(self.read(server.url), "transport.not-ours", "redirect: " + portal.url,
                          "type: text/html")

    def test_network_that_wants_a_login_is_called_that(self):
        server = self.misbehave(answers(lambda _request: reply(511, PAGE)))
        self.assert_error(self.read(server.url), "transport.not-ours", "511")

    def test_mirror_behind_a_portal_is_skipped(self):
        portal = self.misbehave(answers(lambda _request: reply(200, PAGE)))
        result = self.fetch(portal.url, f"file://{self.root}")
        self.assert_fetched(result)
        self.assertIn("transport.not-ours", result.text)

    def test_endless_page_is_not_read_to_its_end(self):
        server = self.misbehave(endless(b"HTTP/1.1 200 OK\r\n\r\n<html>"))
        self.assert_error(self.read(server.url), "transport.not-ours")
