#include <boost/test/unit_test.hpp>

#include "scripted_source.hpp"
#include "source/block_fetcher.hpp"

namespace xppkg::source {
namespace {

struct Fixture {
  Fixture() {
    for (std::size_t i = 0; i < 250; ++i) data.push_back(static_cast<std::uint8_t>(i * 7));
    wanted = {"packages/p", data.size(), sha256(data), {}};
    for (const std::uint64_t size : {40U, 100U, 0U, 110U}) {
      const ByteView block = ByteView(data).subspan(at(wanted.blocks.size()), size);
      wanted.blocks.push_back({size, blake2b(block)});
    }
  }

  [[nodiscard]] std::size_t at(std::size_t block) const {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < block; ++i) begin += wanted.blocks[i].size;
    return begin;
  }
  [[nodiscard]] Bytes block(std::size_t number) const {
    const ByteView view = ByteView(data).subspan(at(number), wanted.blocks[number].size);
    return {view.begin(), view.end()};
  }
  BlockFetcher fetcher(std::vector<Source*> sources) {
    return {wanted, std::move(sources), observer};
  }

  Bytes data;
  RemoteFile wanted;
  Recorder observer;
};

using Offsets = std::vector<std::uint64_t>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(source_blocks, Fixture)

BOOST_AUTO_TEST_CASE(only_the_bytes_of_the_block_are_asked_for) {
  Scripted source("a", data);
  BlockFetcher blocks = fetcher({&source});
  BOOST_TEST((blocks.fetch(1) == block(1)));
  BOOST_TEST((blocks.fetch(3) == block(3)));
  BOOST_TEST(blocks.fetch(2).empty());
  BOOST_TEST((source.offsets == Offsets{40, 140}));
  BOOST_TEST((source.ends == Offsets{140, 250}));
  BOOST_TEST(blocks.fetched() == 210U);
}

BOOST_AUTO_TEST_CASE(block_that_does_not_match_comes_from_the_next_source) {
  Scripted bad("bad", data);
  bad.spoil(45);
  Scripted good("good", data);
  BOOST_TEST((fetcher({&bad, &good}).fetch(1) == block(1)));
  BOOST_TEST((observer.notices == std::vector<std::string>{"source.skipped bad"}));
}

BOOST_AUTO_TEST_CASE(block_that_matches_at_no_source_is_refused) {
  Scripted bad("bad", data);
  bad.spoil(45);
  BOOST_CHECK_EXCEPTION(fetcher({&bad}).fetch(1), Error, is(Code::trust_hash));
  BOOST_CHECK_EXCEPTION(fetcher({}).fetch(1), Error, is(Code::transport_unreachable));
}

BOOST_AUTO_TEST_CASE(line_that_breaks_within_a_block_goes_on_where_it_stopped) {
  Scripted source("a", data);
  source.cut_after(30);
  BOOST_TEST((fetcher({&source}).fetch(3) == block(3)));
  BOOST_TEST((source.offsets == Offsets{140, 170}));
}

BOOST_AUTO_TEST_CASE(bytes_of_two_sources_that_do_not_match_together_are_fetched_again) {
  Scripted bad("bad", data);
  bad.spoil(141);
  bad.cut_after(30).fail(Code::transport_status);
  Scripted good("good", data);
  BOOST_TEST((fetcher({&bad, &good}).fetch(3) == block(3)));
  BOOST_TEST((good.offsets == Offsets{170, 140}));
}

BOOST_AUTO_TEST_CASE(source_that_failed_is_asked_last_for_the_next_block) {
  Scripted gone("gone", data);
  gone.fail(Code::notfound_file);
  Scripted good("good", data);
  BlockFetcher blocks = fetcher({&gone, &good});
  BOOST_TEST((blocks.fetch(0) == block(0)));
  BOOST_TEST((blocks.fetch(1) == block(1)));
  BOOST_TEST(gone.offsets.size() == 1U);
  BOOST_TEST(observer.notices.size() == 1U);
}

BOOST_AUTO_TEST_CASE(block_that_is_too_large_is_refused_before_anything_is_asked_for) {
  wanted.blocks[1].size = BlockFetcher::kMaxBlock + 1;
  Scripted source("a", data);
  BOOST_CHECK_EXCEPTION(fetcher({&source}).fetch(1), Error, is(Code::limit_exceeded));
  BOOST_TEST(source.offsets.empty());
}

BOOST_AUTO_TEST_CASE(progress_counts_all_blocks_that_are_expected) {
  Scripted source("a", data);
  BlockFetcher blocks = fetcher({&source});
  blocks.fetch(0);
  BOOST_TEST(observer.last.total == 40U);
  blocks.expect(210);
  blocks.fetch(1);
  BOOST_TEST(observer.last.done == 140U);
  BOOST_TEST(observer.last.total == 250U);
  BOOST_TEST((observer.last.stage == Stage::download));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::source
