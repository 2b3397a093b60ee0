#include <boost/test/unit_test.hpp>

#include <limits>

#include "processes.hpp"
#include "site/database_source.hpp"
#include "site_case.hpp"

namespace xppkg::site {
namespace {

constexpr trust::Time kNow = 1'900'000'000;  // Later than any clock that runs the tests.
constexpr trust::Time kTwoDays = 2 * 24 * 60 * 60;

Bytes content_of(std::uint64_t size, std::uint8_t seed) {
  Bytes bytes(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251 + seed);
  }
  return bytes;
}

struct PayloadCase : SiteCase {
  void upload(SiteDatabase& to, const Bytes& bytes) {
    const Sha256 digest = sha256(bytes);
    for (std::uint64_t i = to.stored_parts(digest); i * kPartBytes < bytes.size(); ++i) {
      to.store_part(digest, i, part_of(bytes, i));
    }
    BOOST_TEST(to.complete(digest, bytes.size(), kNow));
  }
  static ByteView part_of(const Bytes& bytes, std::uint64_t index) {
    const auto begin = static_cast<std::size_t>(index * kPartBytes);
    return ByteView(bytes).subspan(begin, std::min<std::size_t>(kPartBytes, bytes.size() - begin));
  }
  static StoredFile file_of(const std::string& path, const Bytes& bytes) {
    return {path, sha256(bytes), bytes.size()};
  }

  const Bytes large = content_of(2 * kPartBytes + 1000, 1);
  const Bytes small = content_of(100, 2);
  Observer observer;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(payload, PayloadCase)

BOOST_AUTO_TEST_CASE(decision_names_its_files_and_gives_back_their_bytes) {
  const auto site = open();
  upload(*site, large);
  upload(*site, small);
  const std::vector<StoredFile> files{file_of("targets/large", large),
                                      file_of("a%2Fb.json", small)};
  BOOST_TEST((site->decide(decision(1), files) == Decided::done));
  const auto other = open(Missing::is_unreachable);
  const auto found = other->files("app", 1);
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].path == "a%2Fb.json");
  BOOST_TEST(found[1].path == "targets/large");
  BOOST_TEST((found[1].digest == sha256(large)));
  BOOST_TEST(found[1].size == large.size());
  BOOST_TEST((other->find("app", 1, "a%2Fb.json")->digest == sha256(small)));
  BOOST_TEST(!other->find("app", 1, "A%2FB.JSON").has_value());
  BOOST_TEST(!other->find("app", 2, "a%2Fb.json").has_value());
  BOOST_TEST(!other->find("other", 1, "a%2Fb.json").has_value());
  for (const std::uint64_t i : {0U, 1U, 2U}) {
    BOOST_TEST((to_hex(other->part(sha256(large), i)) == to_hex(part_of(large, i))));
  }
  BOOST_TEST(test::error_of([&] { other->part(sha256(large), 3); }) == "notfound.file");
}

BOOST_AUTO_TEST_CASE(bytes_of_every_value_come_back) {
  Bytes all;
  for (int i = 0; i < 1024; ++i) all.push_back(static_cast<std::uint8_t>(i));
  const auto site = open();
  upload(*site, all);
  BOOST_TEST((site->part(sha256(all), 0) == all));
  const Bytes nothing;
  upload(*site, nothing);
  BOOST_TEST((site->decide(decision(1), std::vector{file_of("empty", nothing)}) == Decided::done));
  const auto source = open_database_source(*site, "db", "app", 1);
  BOOST_TEST(source->read("empty", 10, observer)->empty());
}

BOOST_AUTO_TEST_CASE(decision_without_its_whole_payload_is_not_written) {
  const auto site = open();
  upload(*site, small);
  const std::vector files{file_of("small", small), file_of("large", large)};
  BOOST_TEST((site->decide(decision(1), files) == Decided::payload_missing));
  site->store_part(sha256(large), 0, part_of(large, 0));
  BOOST_TEST((site->decide(decision(1), files) == Decided::payload_missing));
  BOOST_TEST(!current().has_value());
  BOOST_TEST(site->files("app", 1).empty());
  upload(*site, large);
  StoredFile wrong = files[1];
  wrong.size += 1;
  BOOST_TEST((site->decide(decision(1), std::vector{wrong}) == Decided::payload_missing));
  BOOST_TEST((site->decide(decision(1), files) == Decided::done));
  BOOST_TEST((site->decide(decision(1), files) == Decided::somebody_else));
}

BOOST_AUTO_TEST_CASE(files_that_are_there_before_their_decision_stop_it_not_and_go) {
  const auto site = open();
  upload(*site, small);
  for (const char* path : {"small", "other"}) {
    sql(std::string("INSERT INTO xppkg_file (package, counter, path, digest, size)"
                    " VALUES ('app', 1, '") +
        path + "', '" + sha256(large).hex() + "', 1)");
  }
  const std::vector files{file_of("small", small)};
  BOOST_TEST((site->decide(decision(1), files) == Decided::done));
  BOOST_REQUIRE(site->files("app", 1).size() == 1u);
  BOOST_TEST((site->find("app", 1, "small")->digest == sha256(small)));
}

BOOST_AUTO_TEST_CASE(interrupted_upload_goes_on_behind_the_last_part_without_a_gap) {
  const auto site = open();
  const Sha256 digest = sha256(large);
  BOOST_TEST(site->stored_parts(digest) == 0u);
  site->store_part(digest, 0, part_of(large, 0));
  BOOST_TEST(site->stored_parts(digest) == 1u);
  site->store_part(digest, 2, part_of(large, 2));
  BOOST_TEST(open()->stored_parts(digest) == 1u);
  site->store_part(digest, 1, part_of(large, 1));
  BOOST_TEST(open()->stored_parts(digest) == 3u);
  BOOST_TEST(site->stored_parts(sha256(small)) == 0u);
  BOOST_TEST(site->complete(digest, large.size(), kNow));
  BOOST_TEST(site->complete(digest, large.size(), kNow));
}

BOOST_AUTO_TEST_CASE(part_with_the_highest_number_stops_no_upload) {
  const auto site = open();
  const Sha256 digest = sha256(large);
  site->store_part(digest, 0, part_of(large, 0));
  site->store_part(digest, std::numeric_limits<std::int64_t>::max(), small);
  BOOST_TEST(site->stored_parts(digest) == 1u);
  BOOST_TEST(!site->complete(digest, large.size(), kNow));
  upload(*site, large);
}

BOOST_AUTO_TEST_CASE(uploads_of_the_same_file_at_once_all_end_well) {
  open()->report({"app", "pc-1"});  // Makes the tables, so that the first writer does not have to.
  const std::vector<bool> stored = in_processes(4, [&](int) {
    upload(*open(), large);
    return true;
  });
  BOOST_TEST(std::count(stored.begin(), stored.end(), true) == 4);
  const auto site = open();
  BOOST_TEST((site->decide(decision(1), std::vector{file_of("large", large)}) == Decided::done));
  const auto source = open_database_source(*site, "db", "app", 1);
  BOOST_TEST((source->read("large", large.size(), observer).value() == large));
}

BOOST_AUTO_TEST_CASE(part_that_is_there_stays_as_it_is) {
  const auto site = open();
  site->store_part(sha256(small), 0, small);
  site->store_part(sha256(small), 0, content_of(50, 9));
  BOOST_TEST((site->part(sha256(small), 0) == small));
}

BOOST_AUTO_TEST_CASE(parts_that_do_not_add_up_are_removed) {
  const auto site = open();
  const Sha256 digest = sha256(large);
  site->store_part(digest, 0, part_of(large, 0));
  site->store_part(digest, 1, part_of(large, 1));
  BOOST_TEST(!site->complete(digest, large.size(), kNow));
  BOOST_TEST(site->stored_parts(digest) == 0u);
  BOOST_TEST(test::error_of([&] { site->part(digest, 0); }) == "notfound.file");
  // The right sum with parts of the wrong sizes is no file either.
  site->store_part(digest, 0, part_of(large, 2));
  site->store_part(digest, 1, part_of(large, 1));
  site->store_part(digest, 2, part_of(large, 0));
  BOOST_TEST(!site->complete(digest, large.size(), kNow));
  upload(*site, large);
}

BOOST_AUTO_TEST_CASE(too_much_at_once_is_refused) {
  const auto site = open();
  const Bytes bytes(kPartBytes + 1);
  const auto store = [&] { site->store_part(sha256(bytes), 0, bytes); };
  BOOST_TEST(test::error_of(store) == "limit.exceeded");
  const std::vector files{file_of(std::string(kMaxPath + 1, 'p'), small)};
  const auto decide = [&] { site->decide(decision(1), files); };
  BOOST_TEST(test::error_of(decide) == "limit.exceeded");
}

BOOST_AUTO_TEST_CASE(pruning_keeps_what_a_decision_or_the_last_day_needs) {
  const auto site = open();
  const Bytes shared = content_of(300, 3);
  const Bytes newer = content_of(300, 4);
  upload(*site, large);
  upload(*site, shared);
  upload(*site, small);
  BOOST_TEST((site->decide(decision(1), std::vector{file_of("large", large),
                                                    file_of("shared", shared)}) == Decided::done));
  BOOST_TEST(
      (site->decide(decision(2, "2.0"), std::vector{file_of("shared", shared)}) == Decided::done));
  BOOST_TEST((site->decide(decision(1, "1.0", "other"), std::vector{file_of("small", small)}) ==
              Decided::done));
  site->prune("app", 2, kNow + 100);  // All of it was put there within a day.
  BOOST_TEST(site->files("app", 1).empty());
  BOOST_TEST(site->stored_parts(sha256(large)) == 3u);
  site->store_part(sha256(newer), 0, newer);
  BOOST_TEST(site->complete(sha256(newer), newer.size(), kNow + kTwoDays));
  site->prune("app", 2, kNow + kTwoDays);
  BOOST_TEST(site->stored_parts(sha256(large)) == 0u);
  BOOST_TEST(test::error_of([&] { site->part(sha256(large), 0); }) == "notfound.file");
  BOOST_TEST((site->part(sha256(shared), 0) == shared));
  BOOST_TEST((site->part(sha256(small), 0) == small));
  BOOST_TEST((site->part(sha256(newer), 0) == newer));
  BOOST_TEST(site->files("app", 2).size() == 1u);
  BOOST_TEST(site->decisions("app", 9).size() == 2u);
}

BOOST_AUTO_TEST_CASE(pruning_removes_more_parts_than_one_transaction_takes) {
  const auto site = open();
  const Bytes tiny = content_of(1, 1);
  for (std::uint64_t i = 0; i < 50; ++i) site->store_part(sha256(tiny), i, tiny);
  site->prune("app", 1, kNow + kTwoDays);
  BOOST_TEST(site->stored_parts(sha256(tiny)) == 0u);
  BOOST_TEST(test::error_of([&] { site->part(sha256(tiny), 49); }) == "notfound.file");
}

BOOST_AUTO_TEST_CASE(source_gives_whole_files_and_ranges) {
  const auto site = open();
  upload(*site, large);
  site->decide(decision(1), std::vector{file_of("large", large)});
  const auto source = open_database_source(*site, "sqlite:/site.db", "app", 1);
  BOOST_TEST(source->address() == "sqlite:/site.db");
  BOOST_TEST((source->read("large", large.size(), observer).value() == large));
  BOOST_TEST(!source->read("other", 10, observer).has_value());
  const auto too_large = [&] { source->read("large", large.size() - 1, observer); };
  BOOST_TEST(test::error_of(too_large) == "limit.exceeded");
  for (const ByteRange range :
       {ByteRange{0, large.size()}, ByteRange{kPartBytes - 1, kPartBytes + 1}, ByteRange{5, 5},
        ByteRange{2 * kPartBytes, large.size()}}) {
    BufferSink out;
    source->read_range("large", range, large.size(), out, observer);
    const auto begin = large.begin() + static_cast<std::ptrdiff_t>(range.begin);
    BOOST_TEST((out.bytes() == Bytes(begin, begin + static_cast<std::ptrdiff_t>(range.size()))));
  }
}

BOOST_AUTO_TEST_CASE(source_whose_files_are_gone_or_cut_short_says_so) {
  const auto site = open();
  upload(*site, large);
  site->decide(decision(1), std::vector{file_of("large", large)});
  const auto source = open_database_source(*site, "db", "app", 1);
  const auto fetch = [&](std::uint64_t size) {
    return test::error_of([&] {
      BufferSink out;
      source->read_range("large", {0, size}, size, out, observer);
    });
  };
  const auto missing = [&] {
    BufferSink out;
    source->read_range("other", {0, 1}, 1, out, observer);
  };
  BOOST_TEST(test::error_of(missing) == "notfound.file");
  BOOST_TEST(fetch(large.size() + 1) == "transport.truncated");
  sql("DELETE FROM xppkg_part WHERE number = 1");
  BOOST_TEST(fetch(large.size()) == "notfound.file");
  sql("DROP TABLE xppkg_part");
  BOOST_TEST(fetch(large.size()) == "transport.unreachable");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::site
