#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fs/file_system.hpp"
#include "scripted_source.hpp"
#include "source/download.hpp"

namespace xppkg::source {
namespace {

namespace stdfs = std::filesystem;

constexpr std::size_t kBlock = 100;

struct Fixture {
  Fixture() {
    std::string pattern = (stdfs::temp_directory_path() / "store-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    for (std::size_t i = 0; i < 550; ++i)
      data.push_back(static_cast<std::uint8_t>(i * 7 + i / 256));
    wanted = describe(data);
  }
  ~Fixture() { stdfs::remove_all(root); }

  static RemoteFile describe(const Bytes& bytes) {
    RemoteFile wanted{"packages/p", bytes.size(), sha256(bytes), {}};
    for (std::size_t at = 0; at < bytes.size(); at += kBlock) {
      const ByteView block = ByteView(bytes).subspan(at, std::min(kBlock, bytes.size() - at));
      wanted.blocks.push_back({block.size(), blake2b(block)});
    }
    return wanted;
  }

  fs::Path fetch(std::initializer_list<Source*> sources) {
    const std::vector<Source*> list(sources);
    return store().fetch(wanted, list, observer);
  }
  [[nodiscard]] DownloadStore store() const { return {fs::native(), root / "new" / "store"}; }

  [[nodiscard]] fs::Path path(const char* ending = "") const {
    return root / "new" / "store" / (wanted.sha256.hex() + ending);
  }
  void leave(const char* ending, const Bytes& bytes) const {
    stdfs::create_directories(path().parent_path());
    std::ofstream(path(ending), std::ios::binary) << as_text(bytes);
  }
  [[nodiscard]] Bytes contents(const char* ending = "") const {
    std::ifstream file(path(ending), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] Bytes first(std::size_t count) const {
    return {data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count)};
  }

  stdfs::path root;
  Bytes data;
  RemoteFile wanted;
  Recorder observer;
};

using Offsets = std::vector<std::uint64_t>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(source_download, Fixture)

BOOST_AUTO_TEST_CASE(file_is_fetched_into_a_folder_that_is_made_for_it) {
  Scripted source("a", data);
  BOOST_TEST(store().present(wanted) == 0U);
  BOOST_TEST((fetch({&source}) == path()));
  BOOST_TEST((contents() == data));
  BOOST_TEST(!stdfs::exists(path(".part")));
  BOOST_TEST(store().present(wanted) == 550U);
  BOOST_TEST((observer.last.stage == Stage::download));
  BOOST_TEST(observer.last.what == "packages/p");
  BOOST_TEST(observer.last.done == 550U);
  BOOST_TEST(observer.last.total == 550U);
}

BOOST_AUTO_TEST_CASE(finished_file_needs_no_source) {
  leave("", data);
  fetch({});
  BOOST_TEST(observer.last.done == 550U);
}

BOOST_AUTO_TEST_CASE(damaged_finished_file_is_repaired_from_its_first_bad_block) {
  Bytes bad = data;
  bad[250] ^= 1;
  leave("", bad);
  Scripted source("a", data);
  fetch({&source});
  BOOST_TEST((source.offsets == Offsets{200}));
  BOOST_TEST((contents() == data));
}

BOOST_AUTO_TEST_CASE(part_of_an_earlier_run_is_verified_and_continued) {
  leave(".part", first(250));
  Scripted source("a", data);
  BOOST_TEST(store().present(wanted) == 250U);
  fetch({&source});
  BOOST_TEST((source.offsets == Offsets{250}));
  BOOST_TEST((contents() == data));
}

BOOST_AUTO_TEST_CASE(complete_part_of_an_earlier_run_needs_no_source) {
  leave(".part", data);
  fetch({});
  BOOST_TEST((contents() == data));
}

BOOST_AUTO_TEST_CASE(part_with_a_bad_block_is_cut_there) {
  Bytes bad = first(450);
  bad[150] ^= 1;
  leave(".part", bad);
  Scripted source("a", data);
  fetch({&source});
  BOOST_TEST((source.offsets == Offsets{100}));
  BOOST_TEST((contents() == data));
}

BOOST_AUTO_TEST_CASE(part_longer_than_the_file_is_cut) {
  Bytes longer = data;
  longer.resize(900);
  leave(".part", longer);
  BOOST_TEST(store().present(wanted) == 550U);
  fetch({});
  BOOST_TEST((contents() == data));
}

BOOST_AUTO_TEST_CASE(bad_tail_of_an_earlier_run_is_not_blamed_on_a_good_source) {
  Bytes bad = first(250);
  bad[220] ^= 1;
  leave(".part", bad);
  Scripted source("a", data);
  fetch({&source});
  BOOST_TEST((source.offsets == Offsets{250, 200}));
  BOOST_TEST((contents() == data));
}

BOOST_AUTO_TEST_CASE(bad_tail_of_one_source_is_not_blamed_on_the_next) {
  Scripted bad("bad", data);
  bad.spoil(220).cut_after(250).fail(Code::transport_unreachable);
  Scripted good("good", data);
  fetch({&bad, &good});
  BOOST_TEST((good.offsets == Offsets{250, 200}));
}

BOOST_AUTO_TEST_CASE(source_with_a_bad_block_is_left_for_good_and_its_good_blocks_are_kept) {
  Scripted bad("bad", data);
  bad.spoil(333);
  Scripted good("good", data);
  fetch({&bad, &good});
  BOOST_TEST((bad.offsets == Offsets{0}));
  BOOST_TEST((good.offsets == Offsets{300}));
  BOOST_TEST((observer.notices == std::vector<std::string>{"source.skipped bad"}));
  BOOST_TEST((contents() == data));
}

BOOST_AUTO_TEST_CASE(bad_block_of_the_only_source_is_refused_and_good_blocks_stay) {
  Scripted bad("bad", data);
  bad.spoil(333);
  BOOST_CHECK_EXCEPTION(fetch({&bad}), Error, is(Code::trust_hash));
  BOOST_TEST((contents(".part") == first(300)));
  BOOST_TEST(!stdfs::exists(path()));
  BOOST_TEST(observer.notices.empty());
}

BOOST_AUTO_TEST_CASE(cut_is_tried_again_at_the_same_source_from_where_it_stopped) {
  Scripted source("a", data);
  source.cut_after(130).cut_after(30);
  fetch({&source});
  BOOST_TEST((source.offsets == Offsets{0, 130, 160}));
  BOOST_TEST(observer.notices.empty());
  BOOST_TEST((contents() == data));
}

BOOST_AUTO_TEST_CASE(source_that_breaks_without_a_byte_is_not_tried_again) {
  Scripted broken("broken", data);
  broken.cut_after(0);
  Scripted good("good", data);
  fetch({&broken, &good});
  BOOST_TEST(broken.offsets.size() == 1U);
}

BOOST_AUTO_TEST_CASE(source_that_gives_less_than_a_block_is_left_after_three_more_tries) {
  Scripted poor("poor", data);
  for (int i = 0; i < 9; ++i) poor.cut_after(10);
  Scripted good("good", data);
  fetch({&poor, &good});
  BOOST_TEST((poor.offsets == Offsets{0, 10, 20, 30}));
  BOOST_TEST((good.offsets == Offsets{40}));
}

BOOST_AUTO_TEST_CASE(source_that_was_given_up_is_asked_last) {
  Scripted slow("slow", data);
  slow.is_slow = true;
  Scripted good("good", data);
  fetch({&slow, &good});
  BOOST_TEST(slow.offsets.empty());
  BOOST_TEST(observer.notices.empty());
}

BOOST_AUTO_TEST_CASE(source_that_is_too_slow_is_not_tried_again_although_bytes_came) {
  Scripted slow("slow", data);
  slow.then([&](std::uint64_t, Sink& out) {
    out.write(first(130));
    slow.is_slow = true;
    throw Error(Code::transport_truncated);
  });
  Scripted good("good", data);
  fetch({&slow, &good});
  BOOST_TEST((slow.offsets == Offsets{0}));
  BOOST_TEST((good.offsets == Offsets{130}));
}

BOOST_AUTO_TEST_CASE(source_that_gives_a_wrong_part_is_asked_for_the_whole_file_once) {
  leave(".part", first(200));
  Scripted source("a", data);
  source.has_whole_files = true;
  source.spoil(333);
  BOOST_CHECK_EXCEPTION(fetch({&source}), Error, is(Code::trust_hash));
  BOOST_TEST((source.offsets == Offsets{200, 300}));
  BOOST_TEST((source.asked_whole == std::vector<bool>{true, false}));
}

BOOST_AUTO_TEST_CASE(source_that_says_it_is_done_too_early_is_truncated) {
  Scripted liar("liar", data);
  liar.then([](std::uint64_t, Sink&) {});
  BOOST_CHECK_EXCEPTION(fetch({&liar}), Error, is(Code::transport_truncated));
}

BOOST_AUTO_TEST_CASE(last_error_is_thrown_and_earlier_ones_are_notices) {
  Scripted a("a", data);
  Scripted b("b", data);
  Scripted c("c", data);
  a.fail(Code::transport_unreachable);
  b.fail(Code::transport_status);
  c.fail(Code::notfound_file);
  BOOST_CHECK_EXCEPTION(fetch({&a, &b, &c}), Error, is(Code::notfound_file));
  BOOST_TEST(
      (observer.notices == std::vector<std::string>{"source.skipped a", "source.skipped b"}));
  BOOST_CHECK_EXCEPTION(fetch({}), Error, is(Code::transport_unreachable));
}

BOOST_AUTO_TEST_CASE(full_disk_goes_up_untouched_and_the_part_stays) {
  Scripted source("a", data);
  source.then([this](std::uint64_t, Sink& out) {
    out.write(first(120));
    throw Error(Code::space_insufficient, {{"operation", "write"}});
  });
  Scripted other("b", data);
  BOOST_CHECK_EXCEPTION(fetch({&source, &other}), Error, is(Code::space_insufficient));
  BOOST_TEST(other.offsets.empty());
  BOOST_TEST((contents(".part") == first(120)));
}

BOOST_AUTO_TEST_CASE(cancelling_keeps_the_part) {
  Scripted source("a", data);
  source.then([this](std::uint64_t, Sink& out) {
    out.write(first(120));
    observer.cancel = true;
    throw Error(Code::transport_truncated);
  });
  BOOST_CHECK_EXCEPTION(fetch({&source}), Error, is(Code::cancelled));
  BOOST_TEST((contents(".part") == first(120)));
}

BOOST_AUTO_TEST_CASE(whole_that_does_not_match_although_its_blocks_do_is_thrown_away) {
  wanted.sha256 = sha256(as_bytes("other"));
  Scripted source("a", data);
  BOOST_CHECK_EXCEPTION(fetch({&source}), Error, is(Code::trust_hash));
  BOOST_TEST(!stdfs::exists(path()));
  BOOST_TEST(!stdfs::exists(path(".part")));
}

BOOST_AUTO_TEST_CASE(empty_file_is_made_without_a_source) {
  wanted = describe({});
  fetch({});
  BOOST_TEST(stdfs::file_size(path()) == 0U);
  wanted.blocks.push_back({0, blake2b({})});
  stdfs::remove(path());
  fetch({});
  BOOST_TEST(stdfs::exists(path()));
}

BOOST_AUTO_TEST_CASE(blocks_that_do_not_add_up_are_a_mistake_of_ours) {
  wanted.size = 551;
  BOOST_CHECK_EXCEPTION(fetch({}), Error, is(Code::internal));
}

BOOST_AUTO_TEST_CASE(source_that_gives_more_than_the_file_is_stopped) {
  Bytes longer = data;
  longer.resize(700);
  Scripted source("a", longer);
  source.then([&](std::uint64_t, Sink& out) { out.write(longer); });
  BOOST_CHECK_EXCEPTION(fetch({&source}), Error, is(Code::internal));
}

BOOST_AUTO_TEST_CASE(link_at_the_name_of_the_part_is_replaced_and_not_followed) {
  stdfs::create_directories(path().parent_path());
  std::ofstream(root / "victim") << "victim";
  stdfs::create_symlink(root / "victim", path(".part"));
  Scripted source("a", data);
  fetch({&source});
  BOOST_TEST(stdfs::file_size(root / "victim") == 6U);
  BOOST_TEST(stdfs::is_regular_file(stdfs::symlink_status(path())));
}

BOOST_AUTO_TEST_CASE(only_the_named_files_are_kept) {
  const Sha256 other = sha256(as_bytes("other"));
  store().keep_only({});  // a store that is not there yet
  leave("", data);
  leave(".part", data);
  std::ofstream(path().parent_path() / other.hex()) << "x";
  std::ofstream(path().parent_path() / (other.hex() + ".part")) << "x";
  std::ofstream(path().parent_path() / (wanted.sha256.hex() + ".new")) << "x";
  stdfs::create_directory(path().parent_path() / "folder");
  const std::vector<Sha256> kept{wanted.sha256};
  store().keep_only(kept);
  BOOST_TEST(std::distance(stdfs::directory_iterator(path().parent_path()), {}) == 2);
  BOOST_TEST(stdfs::exists(path()));
  BOOST_TEST(stdfs::exists(path(".part")));
  store().keep_only({});
  BOOST_TEST(std::distance(stdfs::directory_iterator(path().parent_path()), {}) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::source
