#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "fs/file_system.hpp"
#include "source/source.hpp"
#include "xppkg/error.hpp"

namespace xppkg::source {
namespace {

namespace stdfs = std::filesystem;

/// A folder "a b" with the file "d/f" of six bytes, gone at the end.
struct Fixture {
  Fixture() {
    std::string pattern = (stdfs::temp_directory_path() / "source-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    stdfs::create_directories(root / "a b" / "d");
    std::ofstream(root / "a b" / "d" / "f") << "abcdef";
  }
  ~Fixture() { stdfs::remove_all(root); }

  [[nodiscard]] std::unique_ptr<Source> open(const std::string& path) const {
    return open_source("file://" + root.string() + "/" + path, {}, fs::native());
  }

  stdfs::path root;
  Observer observer;
};

auto is(Code code) {
  return [code](const Error& error) { return error.code() == code; };
}

class Impatient final : public Observer {
 public:
  bool cancelled() override { return true; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(source_folder, Fixture)

BOOST_AUTO_TEST_CASE(file_in_a_folder_with_an_encoded_name_is_read) {
  const auto source = open("a%20b");
  BOOST_TEST(as_text(source->read("d/f", 6, observer).value()) == "abcdef");
  BOOST_TEST(source->address() == "file://" + root.string() + "/a%20b");
}

BOOST_AUTO_TEST_CASE(relative_address_means_the_folder_that_was_current_when_it_was_opened) {
  const stdfs::path before = stdfs::current_path();
  stdfs::current_path(root);
  const auto source = open_source("file:a%20b/d", {}, fs::native());
  stdfs::current_path(before);
  BOOST_TEST(source->read("f", 6, observer).has_value());
}

BOOST_AUTO_TEST_CASE(range_of_a_file_is_written_and_never_more_than_its_signed_size) {
  const auto read = [&](const ByteRange& range, std::uint64_t size) {
    BufferSink sink;
    open("a%20b")->read_range("d/f", range, size, sink, observer);
    return std::string(as_text(sink.bytes()));
  };
  BOOST_TEST(read({0, 6}, 6) == "abcdef");
  BOOST_TEST(read({2, 6}, 6) == "cdef");
  BOOST_TEST(read({2, 4}, 4) == "cd");
  BOOST_TEST(read({1, 3}, 6) == "bc");
  BOOST_TEST(read({6, 6}, 6).empty());
  BOOST_CHECK_EXCEPTION(read({2, 7}, 6), Error, is(Code::internal));
}

BOOST_AUTO_TEST_CASE(file_shorter_than_its_signed_size_is_truncated_after_what_it_has) {
  BufferSink sink;
  BOOST_CHECK_EXCEPTION(open("a%20b")->read_range("d/f", {4, 9}, 9, sink, observer), Error,
                        is(Code::transport_truncated));
  BOOST_TEST(as_text(sink.bytes()) == "ef");
}

BOOST_AUTO_TEST_CASE(missing_file_differs_from_a_missing_folder) {
  BufferSink sink;
  BOOST_TEST(!open("a%20b")->read("none", 9, observer).has_value());
  BOOST_TEST(!open("a%20b")->read("d/f/g", 9, observer).has_value());
  BOOST_CHECK_EXCEPTION(open("a%20b")->read_range("none", {0, 1}, 1, sink, observer), Error,
                        is(Code::notfound_file));
  BOOST_CHECK_EXCEPTION(open("gone")->read("f", 9, observer), Error,
                        is(Code::transport_unreachable));
  stdfs::create_symlink(root / "gone", root / "dangling");
  BOOST_CHECK_EXCEPTION(open("dangling")->read("f", 9, observer), Error,
                        is(Code::transport_unreachable));
  stdfs::create_symlink(root / "a b", root / "link");
  BOOST_TEST(!open("link")->read("none", 9, observer).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_plain_file_cannot_be_read) {
  BOOST_CHECK_EXCEPTION(open("a%20b")->read("d", 9, observer), Error,
                        is(Code::transport_unreachable));
}

BOOST_AUTO_TEST_CASE(limits_paths_and_cancelling_hold_for_folders_too) {
  Impatient impatient;
  BOOST_CHECK_EXCEPTION(open("a%20b")->read("d/f", 5, observer), Error, is(Code::limit_exceeded));
  BOOST_CHECK_EXCEPTION(open("")->read("../x", 5, observer), Error, is(Code::internal));
  BOOST_CHECK_EXCEPTION(open("a%20b")->read("d/f", 9, impatient), Error, is(Code::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::source
