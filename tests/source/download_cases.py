"""Folders, and downloads over interruptions and bad mirrors."""

import os
import random
import time

from faulty_http import answers, cuts_always, cuts_once, drips, endless, ranged, reply
from nginx import free_port
from source_case import BLOCK, SourceCase, sha256


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

    def test_damaged_finished_file_is_repaired_from_its_first_bad_block_on(self):
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
